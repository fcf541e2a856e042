// SPDX-License-Identifier: Apache-2.0

/// English words that say nothing about what a sentence is about.
package enum StopWords {
    package static let english: Set<String> = Set(
        """
        a about above across after again against ago all almost alone along already also although always am among an and
        another any anybody anyone anything are aren't around as at away be became because become been before behind being
        below between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down
        during each either else enough even ever every everybody everyone everything few for from further get gets getting
        give given go goes going gone got had hadn't has hasn't have haven't having he he'd he'll he's her here hers herself
        him himself his how however i i'd i'll i'm i've if in instead into is isn't it it'd it'll it's its itself just keep
        kept least less let let's like likely made make many may maybe me might mine more most much must my myself near
        neither never next no nobody none nor not nothing now of off often on once one only onto or other others otherwise our
        ours ourselves out over own per perhaps put quite rather really s same say says see seem seemed seems shall she she'd
        she'll she's should shouldn't since so some somebody someone something sometimes still such t take than that that's
        the their theirs them themselves then there there's therefore these they they'd they'll they're they've thing things
        this those though through thus to together too toward towards under until up upon us use used very was wasn't we we'd
        we'll we're we've well were weren't what whatever when where whether which while who whole whom whose why will with
        within without won't would wouldn't yet you you'd you'll you're you've your yours yourself yourselves
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
