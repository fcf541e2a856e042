// SPDX-License-Identifier: Apache-2.0

/// Words of opinion, written down and weighed for this project.
package enum SentimentLexicon {
    /// The weight of a word, -3 (worst) to 3 (best); nil when it is of no opinion.
    static func weight(of word: String) -> Double? {
        if let weight = weights[word] { return weight }
        // Plural and -ly of a known word: "gems", "beautifully"; "-ily": "happily".
        if word.hasSuffix("ily"), let weight = weights[word.dropLast(3) + "y"] { return weight }
        if word.hasSuffix("ly"), let weight = weights[String(word.dropLast(2))] ?? weights[word.dropLast(1) + "e"] {
            return weight
        }
        if word.hasSuffix("s"), word.count > 3, let weight = weights[String(word.dropLast())] { return weight }
        return nil
    }

    /// Whether the word turns what follows into its contrary.
    static func isNegation(_ word: String) -> Bool { negations.contains(word) || word.hasSuffix("n't") }

    private static let negations: Set<String> = [
        "not", "no", "never", "neither", "nor", "without", "cannot", "hardly", "barely", "scarcely", "nothing", "nobody", "none",
        "isnt", "wasnt", "dont", "doesnt", "didnt", "wont", "cant", "couldnt", "wouldnt",
        "arent", "werent", "aint",
    ]

    /// Words that change how much the next one weighs.
    static let degrees: [String: Double] = [
        "very": 1.4, "really": 1.35, "extremely": 1.7, "incredibly": 1.7, "absolutely": 1.6, "totally": 1.5, "completely": 1.5,
        "utterly": 1.6, "so": 1.3, "highly": 1.4, "truly": 1.4, "deeply": 1.4, "exceptionally": 1.6, "remarkably": 1.5,
        "insanely": 1.6, "super": 1.5, "such": 1.2, "quite": 1.1, "pretty": 1.05, "fairly": 0.9, "rather": 0.9,
        "somewhat": 0.6, "slightly": 0.5, "little": 0.6, "bit": 0.6, "kinda": 0.6, "mildly": 0.6, "mostly": 0.9, "most": 1.4,
        "more": 1.1, "less": -0.7, "least": -1,
    ]

    private static let weights: [String: Double] = {
        var weights: [String: Double] = [:]
        for (weight, words) in classes {
            for word in words.split(whereSeparator: \.isWhitespace) { weights[String(word)] = weight }
        }
        return weights
    }()

    private static let classes: [(Double, String)] = [
        (
            3,
            """
            amazing awesome brilliant excellent exceptional exquisite fabulous fantastic flawless incredible magnificent marvelous
            marvellous masterful masterpiece outstanding perfect perfection phenomenal sensational spectacular splendid
            stellar stunning sublime superb terrific unforgettable unbeatable wonderful wow gem
            """
        ),
        (
            2,
            """
            adore adored admirable beautiful best bliss blissful breathtaking captivating charming compelling delicious
            delight delighted delightful elegant enchanting engaging enjoy enjoyable enjoyed enjoying enthralling enthusiastic
            excited exciting exhilarating extraordinary fascinating favorite favourite fresh fun funny genius glad glorious
            good-natured gorgeous graceful grateful great greatest gripping happy happier happiest heartwarming hilarious
            impeccable impressed impressive ingenious inspired inspiring joy joyful lovable love loved lovely loves loving
            magical memorable moving noble overjoyed passionate pleased pleasure powerful praise priceless profound recommend recommended
            refreshing remarkable rewarding riveting satisfying satisfied spotless stunned superior talented thrilled thrilling
            top-notch touching treasure triumph unique uplifting winner wise witty won wonder worthwhile
            """
        ),
        (
            1.2,
            """
            accurate affordable appealing appreciate appreciated attentive attractive authentic balanced benefit better bonus bright calm
            capable careful cheerful clean clear clever comfortable comfy confident consistent convenient convincing cool courteous
            cozy crisp cute decent dependable durable ease easier easy effective efficient effortless entertaining
            exceeded fair faithful fast fine flexible flavorful friendly generous gentle good handy healthy helped helpful helps honest hope
            hopeful improved improvement improves innovative insightful intelligent interesting intuitive kind like liked likes lively
            lucky masterly neat nice original patient peaceful pleasant polite polished popular positive precise pretty productive
            professional prompt proud quick quiet quality relaxing reliable relief responsive rich robust safe seamless secure
            sharp sincere sleek smart smile smiled smiling smooth snappy soft solid solved speedy steady stylish sturdy subtle success
            succeeded succeeds successful suits superbly support supportive sweet tasty tender thank thankful thanks
            thoughtful tidy trust trustworthy upgrade useful valuable versatile vivid warm welcoming well works worked worth worthy yummy
            """
        ),
        (
            -1.2,
            """
            annoyed annoying avoid avoided average awkward bland bored boredom bothered breaks bug buggy bugs bumpy careless cheap
            cheesy cliche clichéd cliched clumsy clunky cold complain complained complaint confused confusing contrived crack cracked
            crowded delay delayed delays difficult dim dirty disconnected dry dull empty error errors excuse excuses expensive fails faulty
            flat flaw flawed flaws flimsy forced forgettable fragile frustrated generic glitch glitches glitchy greasy hard hassle heavy-handed
            hesitate hollow hung ignored impersonal impossible inaccurate incomplete inconsistent inconvenient ineffective inferior lack lacked lacking lacks
            irritated issue issues lazy leak leaked leaking leaks limited lost loud mediocre mess messy missed missing mistake mistakes
            mixed monotonous muddled murky noisy nonsense odd old outdated overcooked overhyped overlong overpriced overrated plain pointless
            poorly predictable pretentious problem problems questionable refund regret regrettable repetitive rough sad sadly salty scratch scratched
            shaky shallow skip sloppy slow slower sluggish small-minded soggy sorry stale sticky stiff stopped strange struggled struggles
            stuck superficial tasteless tedious thin tired tiresome trouble ugly unclear uncomfortable uneven unfair unfinished unfortunate
            unhelpful uninspired unnatural unnecessary unoriginal unpleasant unprofessional unresponsive unsatisfying unstable weak
            weird wooden worn worried wrong
            """
        ),
        (
            -2,
            """
            angry appalled appalling bad boring broke broken crap crash crashed crashes crashing cringe damaged damage dead defective deceptive
            depressing despicable died dies disappointed disappointing disappointment disaster disastrous dishonest dislike disliked
            dissatisfied embarrassing embarrassed fail failed failing failure fake false filthy fraud frustrating frustration
            furious hate-filled hostile humiliating idiotic inept infuriating insult insulting junk lame lie lied lies lousy malfunction
            mean misleading moldy nasty nightmare offensive painful pathetic poor ridiculous rotten rubbish rude ruin ruined ruins
            scam shame shoddy sick sickening smelly stink stinks stupid suck sucked sucks suffer suffered terrified torture trash
            unacceptable unbearable unreliable unusable unwatchable upset useless waste wasted wasting worse worried-sick wreck
            """
        ),
        (
            -3,
            """
            abysmal atrocious awful catastrophe catastrophic despise despised detest detestable disgrace disgraceful disgusted disgusting dreadful
            garbage ghastly hate hated hates hateful hideous horrendous horrible horrid horrific loathe loathed loathsome repulsive revolting
            terrible vile worst worthless
            """
        ),
    ]
}
