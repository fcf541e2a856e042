// SPDX-License-Identifier: Apache-2.0

/// Short texts of opinion, written for this project; true is a good opinion.
enum Opinions {
    /// Written after the rules and the word list were done, and not looked at again: the figure that counts.
    static let held: [(isPositive: Bool, text: String)] = [
        (true, "The landlord fixes things quickly and always says hello."),
        (true, "My daughter has been wearing these boots all winter and still loves them."),
        (true, "Finally a vacuum cleaner that gets under the sofa."),
        (true, "The lecture was inspiring and I took a lot of notes."),
        (true, "Very comfortable seats and a helpful crew."),
        (true, "I could listen to this voice for hours."),
        (true, "The cake was moist, rich and gone in five minutes."),
        (true, "Cheap to run and easy to park."),
        (true, "It's not perfect, but it is the best one I have owned."),
        (true, "The doctor took her time and explained everything."),
        (true, "Wow, this exceeded all my expectations!"),
        (true, "A beautiful film with a strong message."),
        (true, "No problems so far and it looks elegant on the desk."),
        (true, "The beach is clean and never crowded."),
        (true, "I am grateful for the quick help."),
        (true, "The drill is powerful and light at the same time."),
        (true, "Sharp writing, likeable heroes, a satisfying end."),
        (true, "We will certainly come back."),
        (true, "This app taught me more Spanish than three years of school."),
        (true, "The train was on time and the toilets were clean."),
        (false, "The jacket leaks at the seams."),
        (false, "I have rarely been so bored in a theatre."),
        (false, "The printer jams on every second page."),
        (false, "Terrible signal and a useless help line."),
        (false, "Everything about the flight was awful."),
        (false, "They charged me twice and will not give the money back."),
        (false, "The paint came off after one wash."),
        (false, "A confusing menu and a slow processor."),
        (false, "The author repeats himself on every page."),
        (false, "I was not happy with the haircut."),
        (false, "It smells bad and tastes worse."),
        (false, "The game is full of bugs and the servers are always down."),
        (false, "What a disappointment after such a great trailer."),
        (false, "The neighbours are loud and the walls are thin."),
        (false, "Poor quality, the handle snapped off."),
        (false, "He was arrogant and ignored our questions."),
        (false, "Too sweet, too small and too expensive."),
        (false, "The repair lasted one day."),
        (false, "I hate the new design."),
        (false, "Save your money and stay away."),
    ]

    /// The set the rules were looked at with.
    static let all: [(isPositive: Bool, text: String)] =
        good.split(separator: "\n").map { (true, String($0)) } + bad.split(separator: "\n").map { (false, String($0)) }

    private static let good = """
        I would watch this again tomorrow, it is that good.
        The staff went out of their way to make us feel at home.
        What a wonderful surprise from start to finish.
        Setup took two minutes and it has run without a hitch ever since.
        The battery lasts for days and the screen is gorgeous.
        Easily the best soup I have had this year.
        My kids adore it and ask for it every night.
        Not a single boring moment in the whole book.
        The plot is simple, but the acting is superb.
        I was sceptical at first, yet it won me over completely.
        Great value for the money.
        The camera takes crisp pictures even at night.
        He answered every question patiently and solved my problem.
        You can't go wrong with this one.
        The music alone is worth the ticket.
        Delivery was quick and the package arrived undamaged.
        I have never slept better than on this mattress.
        The hotel was spotless and the breakfast delicious.
        An honest, moving story with characters you care about.
        It does exactly what it promises.
        The new version is much faster and the crashes are gone.
        I laughed until I cried.
        Thank you for such a lovely evening.
        The garden is a peaceful place to rest after work.
        Five stars, no complaints at all.
        The fabric feels soft and the fit is perfect.
        A clever little tool that saves me hours every week.
        We were pleasantly surprised by how quiet the room was.
        Her performance is nothing short of brilliant.
        The support team replied within minutes and fixed it.
        I'd recommend this bike to anyone who commutes.
        A feast for the eyes.
        It's hard to imagine a better way to spend a Sunday.
        The teacher explains things clearly and with humour.
        Solid, sturdy and beautifully made.
        The coffee here is amazing and the people are friendly.
        The update made a good phone even better.
        I am so happy with my new glasses.
        This song makes me smile every time.
        The tour was informative and never dull.
        Small rooms, but the view is breathtaking.
        The medicine helped right away and had no side effects.
        They kept their promise and finished on time.
        The best decision we made all year.
        A fresh idea told with warmth and wit.
        The knife stays sharp and cleans easily.
        My order was correct and still hot.
        He is a kind and generous man.
        I'm impressed by the attention to detail.
        The park is safe, clean and full of life.
        """

    private static let bad = """
        I want those two hours of my life back.
        The waiter was rude and our food arrived cold.
        It broke after a week and nobody answers my mails.
        What a waste of money.
        The battery dies before lunch.
        The worst film I have seen in years.
        Not worth the price.
        I expected much more from this author.
        The plot makes no sense and the acting is wooden.
        The room smelled of smoke and the sheets were dirty.
        Looks nice, but it stopped working on the second day.
        I would not recommend this to my worst enemy.
        The app crashes every time I open it.
        Support kept me waiting for an hour and then hung up.
        A dull and predictable story.
        The instructions are impossible to follow.
        My package was lost and they refused a refund.
        The picture is blurry and the colours are wrong.
        Nothing about this place made us want to come back.
        The chair is uncomfortable and wobbles.
        I fell asleep halfway through.
        Overpriced and overrated.
        The soup was bland and the bread stale.
        He never listens and never says sorry.
        The service used to be great, now it is terrible.
        It isn't good and it isn't cheap either.
        A complete disaster from the first minute.
        The noise from the street kept us awake all night.
        They promised a lot and delivered nothing.
        The screen scratched within days.
        I regret buying this.
        The characters are flat and the jokes fall flat too.
        Too expensive for what it does.
        The meeting was a pointless exercise.
        I can't stand the taste.
        The zip got stuck and then tore.
        This update ruined a good program.
        The seats are narrow and the air is bad.
        Don't waste your time on this one.
        The driver was late and drove carelessly.
        My skin was red and itchy after one use.
        The sound is tinny and far too quiet.
        It lacks everything that made the first part great.
        I was disappointed by the ending.
        The website is slow and confusing.
        A cheap copy that falls apart in your hands.
        We waited forty minutes for a table we had booked.
        The medicine made me feel sick.
        Nobody likes being treated like that.
        The heating failed and the hotel did not care.
        """
}
