//! What the demo's people wrote in the last three weeks, newest first.

use super::pictures::Scene;
use crate::protocol::views::Audience;

/// A post.
pub struct Post {
    /// The author's handle.
    pub by: &'static str,
    /// How long ago, in minutes.
    pub ago_min: u64,
    /// The text.
    pub text: &'static str,
    /// Who may see it.
    pub audience: Audience,
    /// Pictures with what they show.
    pub pictures: &'static [(Scene, &'static str)],
    /// How many like it; fewer when fewer may see it.
    pub likes: usize,
    /// What others answered, oldest first.
    pub comments: &'static [Comment],
}

/// A comment and the replies to it.
pub struct Comment {
    /// What it says.
    pub said: Said,
    /// Oldest first.
    pub replies: &'static [Said],
}

/// A comment or a reply.
pub struct Said {
    /// The author's handle.
    pub by: &'static str,
    /// How long after the post, in minutes.
    pub after_min: u64,
    /// The text.
    pub text: &'static str,
    /// How many like it.
    pub likes: usize,
}

const H: u64 = 60;
const D: u64 = 24 * H;

const fn post(by: &'static str, ago_min: u64, likes: usize, text: &'static str) -> Post {
    Post { by, ago_min, text, audience: Audience::Public, pictures: &[], likes, comments: &[] }
}

const fn said(by: &'static str, after_min: u64, likes: usize, text: &'static str) -> Said {
    Said { by, after_min, text, likes }
}

const fn comment(by: &'static str, after_min: u64, likes: usize, text: &'static str) -> Comment {
    Comment { said: said(by, after_min, likes, text), replies: &[] }
}

const fn thread(said: Said, replies: &'static [Said]) -> Comment {
    Comment { said, replies }
}

/// Every post, newest first.
pub const POSTS: &[Post] = &[
    Post {
        comments: &[
            comment("kofi.j", 1, 3, "Me! Please. I have six bowls and no dignity left."),
            comment("rosa_b", 1, 5, "Second reply. What kind of biscuits?"),
        ],
        ..post(
            "ben",
            3,
            9,
            "Thursday evening kiln slot is free again. First reply takes it, second reply brings biscuits. #openstudio",
        )
    },
    Post {
        pictures: &[
            (
                Scene::StillLife(0),
                "A teal vase, a white bowl with a blue band and a rust-red bottle on a table, with a low evening sun behind them.",
            ),
            (Scene::Kiln, "Looking into the kiln: three shelves of pots glowing orange."),
            (Scene::Shelves(0), "Two shelves of finished pots in orange, white, teal and yellow."),
        ],
        comments: &[
            thread(
                said("dev", 4, 8, "I slept in the chair. Worth it. That green!"),
                &[
                    said("ana", 6, 4, "There is a blanket with your name on it for next time."),
                    said("mina", 9, 6, "The blanket is on the shelf above the kettle. It has a dinosaur on it."),
                    said("dev", 12, 2, "@mina The dinosaur and I are very happy together."),
                ],
            ),
            thread(
                said("priya", 7, 6, "Told you it was the extra percent of iron. Look how it breaks over the edges."),
                &[said("ana", 10, 5, "You may have that in writing. Framed, if you like.")],
            ),
            comment("mei", 11, 3, "The bottle is wonderful. If it ever chips, I will be very sad and very busy."),
            comment("salma", 13, 2, "This is the first kiln opening I have seen. Is it always this exciting?"),
        ],
        ..post(
            "ana",
            18,
            19,
            "Opened the kiln this morning. Nothing cracked, and the celadon went exactly the green we argued about for a month. Thank you @dev for sitting up with it.",
        )
    },
    Post {
        comments: &[
            comment("jonas", 5, 2, "I am in. I bring straps and a trolley."),
            comment("diego", 9, 7, "Strong back: yes. Strong opinions: three so far, all about trolleys."),
            comment("tomas", 16, 4, "Ten in the morning is an opinion already."),
        ],
        ..post(
            "dev",
            41,
            11,
            "Looking for two people to help move the big wheel on Saturday at ten. Strong backs welcome, strong opinions too.",
        )
    },
    Post {
        pictures: &[(Scene::Weaving(0), "A cloth of red, white, teal and yellow bands, half woven, on a wooden loom.")],
        comments: &[
            comment("aroha", 12, 5, "The way the yellow turns up again at the top. Beautiful."),
            thread(
                said("halina", 20, 3, "How many threads to the centimetre?"),
                &[said("ingrid", 26, 2, "Eight, and I have counted each of them twice.")],
            ),
        ],
        ..post(
            "ingrid",
            H + 8,
            14,
            "Halfway up the long warp. Cat number two has opinions on the tension.\n\n#weaving #ontheloom",
        )
    },
    post("wren", 2 * H + 5, 12, "What do you call a pot that fell off the shelf?\n\nA shard act to follow."),
    Post {
        comments: &[
            comment(
                "priya",
                8,
                4,
                "Welcome! Tuesday evening is tile night, no experience needed. I will keep a stool free for you.",
            ),
            comment("mina", 10, 5, "So glad you are here. Your key card is in the drawer under the clock."),
            comment("fatima_z", 14, 3, "Marhaba! Come and see the mosaic wall when you have a minute."),
        ],
        ..post(
            "salma",
            3 * H + 12,
            17,
            "First full week here. I came for the embroidery frames, and now I want to learn everything that happens in the kiln room. Where does one start? #newhere",
        )
    },
    Post {
        comments: &[comment("yuki", 30, 2, "I can bring the small press down, if somebody helps with the stairs.")],
        ..post(
            "mateus",
            4 * H + 30,
            8,
            "Printing the cards for the winter fair on Friday. If your name is not on the list in the hall by Thursday noon, it will not be on a card. #winterfair",
        )
    },
    Post {
        audience: Audience::Followers,
        comments: &[comment("ben", 18, 2, "Your secret is safe with the eleven of us.")],
        ..post(
            "ana",
            6 * H,
            7,
            "For the people who follow along: I dropped the best piece of the firing on the way to the shelf. It is with @mei now. We do not talk about it at the table.",
        )
    },
    Post {
        comments: &[
            comment("lena", 25, 4, "The drill press sounds ten years younger."),
            comment("tomas", 44, 2, "Does the bandsaw get one too? It groans."),
        ],
        ..post(
            "dev",
            8 * H + 20,
            13,
            "New bearings in the drill press, new blade guard on the bandsaw. Please tighten the chuck by hand, then by key, then breathe, then switch it on.",
        )
    },
    Post {
        pictures: &[(Scene::Print(0), "A print of an orange sun above five dark blue waves.")],
        comments: &[
            comment("wren", 15, 5, "Number 7 of 30 please. Seven is the best number."),
            comment("mateus", 22, 3, "The registration on the third colour! Not a hair off."),
            thread(
                said("sam.r", 41, 1, "Can I photograph the whole run on the drying rack?"),
                &[said("yuki", 50, 1, "Please do. Mind the wet ones, they are all wet.")],
            ),
        ],
        ..post(
            "yuki",
            10 * H,
            16,
            "Edition of thirty, three blocks, no two suns alike. The ink is still wet, so am I. #woodcut #print",
        )
    },
    post(
        "halina",
        12 * H + 40,
        10,
        "There is willow soaking in the blue trough again. It is not firewood. It is not a bench. Last week it was both.",
    ),
    Post {
        comments: &[comment("chidi", 17, 3, "That is the nicest thing anybody has called a capacitor.")],
        ..post(
            "lena",
            15 * H,
            7,
            "The soldering corner now smells of two kinds of solder. @chidi fixed my torch igniter with a part the size of a lentil. Thank you, lentil.",
        )
    },
    Post {
        pictures: &[(Scene::Tiles(0), "Thirty-five test tiles running from pale mint to dark green.")],
        comments: &[
            comment("ana", 9, 5, "Row four, third from the left. That one. I will not be taking questions."),
            thread(
                said("fatima_z", 33, 4, "Could any of these live outdoors?"),
                &[
                    said("priya", 40, 3, "The top two rows, yes. The rest would crackle in the first frost."),
                    said("fatima_z", 46, 1, "Top two rows it is!"),
                ],
            ),
        ],
        ..post(
            "priya",
            18 * H + 10,
            18,
            "One clay, one base glaze, thirty-five steps of copper and iron. The recipe for each is on its back and in the blue folder. #glaze #testtiles",
        )
    },
    Post {
        comments: &[comment("lena", 20 * H + 15, 3, "I would like it noted that the cow had a very nice hat.")],
        ..post(
            "mina",
            21 * H,
            9,
            "Kitchen rules, reduced to one: if you finish the milk, you write \"milk\" on the board. You do not write \"cow\".",
        )
    },
    Post {
        comments: &[
            comment("ana", 14, 6, "Bowl number four held soup! We all saw it."),
            comment(
                "ben",
                21,
                5,
                "Forty-one is about when it starts to feel less like wrestling. You are right on time.",
            ),
        ],
        ..post(
            "kofi.j",
            D + 2 * H,
            15,
            "Bowl forty-one. It is round. I checked from several sides. Thank you @ben for the hour you said would be ten minutes.",
        )
    },
    Post {
        pictures: &[
            (Scene::Mosaic, "A star of sixteen points in blue, white, red and yellow tiles."),
            (Scene::Tiles(2), "Test tiles running from pale to dark blue."),
        ],
        comments: &[
            comment("priya", 20, 4, "The blue came out of the small kiln? It looks lit from inside."),
            comment("mei", 52, 2, "I counted the points. Sixteen. Of course."),
        ],
        ..post(
            "fatima_z",
            D + 5 * H,
            16,
            "The centre star is done: 384 pieces, cut by hand, one of them twice. The wall by the stairs gets the next ring on Sunday, and anybody may lay a row. #mosaic #openstudio",
        )
    },
    post(
        "tomas",
        D + 9 * H,
        6,
        "Sharpening on Tuesday from six. Bring plane irons, chisels, kitchen knives. Do not bring scissors, I am not brave enough.",
    ),
    Post {
        comments: &[comment(
            "ingrid",
            28,
            3,
            "Can confirm. The playlist was excellent and the biscuits were gone by nine.",
        )],
        ..post(
            "chidi",
            D + 12 * H,
            11,
            "Synth night went well: nine people, four oscillators, one fuse. Next one in two weeks. Schematics are at https://example.org/studio/synth-night #synthnight",
        )
    },
    Post {
        pictures: &[(Scene::Mended, "A pale green bowl with three golden seams on a dark table.")],
        comments: &[
            comment("ana", 6, 7, "I take it back. It is better now than before I dropped it."),
            comment("omar", 44, 3, "This is what I try to tell people about old books."),
            thread(
                said("kofi.j", 61, 2, "Is that real gold?"),
                &[said("mei", 75, 4, "Real gold on real lacquer. Three weeks of waiting, four minutes of gold.")],
            ),
        ],
        ..post("mei", D + 15 * H, 20, "Three seams, three weeks. It holds tea again. #kintsugi #mending")
    },
    post(
        "diego",
        D + 18 * H,
        8,
        "The gate for the yard is hung. It swings both ways, it latches by itself, and yes, there is a giraffe on it if you know where to look.",
    ),
    Post {
        audience: Audience::Followers,
        comments: &[comment("wren", 9, 2, "Take the shelf near the window, it gets the morning.")],
        ..post(
            "mina",
            D + 21 * H,
            6,
            "Two shelves in the wood room are about to become free. Telling you here first, before the list goes up tomorrow.",
        )
    },
    Post {
        comments: &[
            comment("jonas", 19, 1, "Try a bevel, then skive two millimetres more than seems right."),
            comment("halina", 48, 2, "Linen tape under the spine, always."),
        ],
        ..post(
            "omar",
            2 * D + H,
            7,
            "Somebody's grandmother's cookbook came in today with butter on every page that matters. New spine, same butter. #bookbinding",
        )
    },
    Post {
        pictures: &[(Scene::Hills(0), "Green hills behind each other under a pale sun.")],
        comments: &[comment("aroha", 35, 3, "I know that ridge! There is good flax on the wet side of it.")],
        ..post(
            "sam.r",
            2 * D + 4 * H,
            12,
            "Walked the ridge before sunrise for the calendar. Twelve pictures, one of them without my thumb. This is the one.",
        )
    },
    post(
        "niko",
        2 * D + 7 * H,
        5,
        "The furnace is at heat from Wednesday to Saturday. It is warm in the hot shop. I mention this because last week somebody asked.",
    ),
    Post {
        comments: &[
            comment("dev", 11, 4, "Fixed. It was a sock. I have no further questions."),
            comment("mina", 15, 8, "It was MY sock. I have several."),
        ],
        ..post(
            "ben",
            2 * D + 10 * H,
            10,
            "The sink in the clay room drains slowly again. @dev, it is not clay this time, I promise. I looked.",
        )
    },
    Post {
        pictures: &[(
            Scene::Workbench,
            "A saw, a hammer, a chisel and a square on the wall above a workbench with a jar of pencils.",
        )],
        comments: &[comment("diego", 23, 2, "You can see the floor. I did not know we had a floor.")],
        ..post(
            "tomas",
            2 * D + 14 * H,
            13,
            "Every tool has a shadow painted behind it now. If you see a shadow and no tool, you know what to do. If you have the tool, you also know what to do.",
        )
    },
    post("rosa_b", 2 * D + 18 * H, 6, "Does anybody have a spare apron? Mine has become a still life."),
    Post {
        comments: &[
            comment("ingrid", 16, 3, "Yes please, the whole bundle."),
            comment("salma", 39, 1, "May I come along the next time, just to watch?"),
        ],
        ..post(
            "aroha",
            3 * D,
            11,
            "Harvested harakeke with the school group yesterday. There is one bundle more than we can use this week: it is in the shade by the back door. #harakeke",
        )
    },
    Post {
        comments: &[comment("mateus", 31, 2, "Set in Caslon or it did not happen.")],
        ..post(
            "wren",
            3 * D + 4 * H,
            9,
            "Zine swap on the 28th. Sixteen pages, any size, staples optional, feelings mandatory. #zines",
        )
    },
    Post {
        pictures: &[(Scene::Stool, "A three-legged stool of pale wood.")],
        comments: &[
            comment("halina", 13, 4, "I sat on it. Then I stayed on it. Well done."),
            comment("dev", 47, 3, "Three legs: no wobble on our floor. You have understood the building."),
        ],
        ..post(
            "tomas",
            3 * D + 9 * H,
            15,
            "Ash legs, elm seat, no glue. It started the week as a tree that fell over the footpath. #greenwood",
        )
    },
    post(
        "jonas",
        3 * D + 13 * H,
        5,
        "Lost: one edge beveller, size 2, handle wrapped in red thread. Found: somebody else's edge beveller, size 3. Let us talk.",
    ),
    Post {
        comments: &[
            thread(
                said(
                    "mei",
                    21,
                    3,
                    "Slip, score, wrap in plastic for two days. It never fails, and when it does it is the plastic.",
                ),
                &[said("kofi.j", 30, 2, "It was the plastic.")],
            ),
            comment(
                "ana",
                55,
                2,
                "Handles on the same day as the cup, before lunch. After lunch the clay has gone to bed.",
            ),
        ],
        ..post(
            "kofi.j",
            3 * D + 17 * H,
            7,
            "Question for the people who make mugs: how do you stop the handle from leaving? #beginner",
        )
    },
    Post {
        pictures: &[
            (Scene::Shelves(1), "Two boards of pots in warm colours."),
            (Scene::StillLife(1), "A red vase, a white bowl and a yellow bottle against a pale green wall."),
            (Scene::Window, "A plant in a clay pot, a cup and a bowl on a window sill."),
            (Scene::Shelves(2), "Two boards of pots in cool colours."),
        ],
        comments: &[
            comment("ben", 12, 5, "The one at the window is mine! It has never looked so calm."),
            comment("priya", 18, 3, "These are lovely. May I use the second one for the glaze course?"),
            comment("lena", 80, 1, "Silver next? It hates cameras, bring everything."),
        ],
        ..post(
            "sam.r",
            4 * D,
            18,
            "Photo day results. Everybody who left work on the blue table: your pictures are in the shared folder, and here are four I like most. #photoday",
        )
    },
    post(
        "mina",
        4 * D + 5 * H,
        12,
        "The heating man comes tomorrow between eight and some other number. Dress warmly, be kind.",
    ),
    Post {
        comments: &[comment("omar", 14, 2, "Thirty-two point. I can almost read it from my bench.")],
        ..post(
            "mateus",
            4 * D + 9 * H,
            6,
            "A drawer of wood type turned up in an attic two streets away: complete except for one lowercase k. If you find a k, you know where it lives.",
        )
    },
    Post {
        audience: Audience::Followers,
        ..post(
            "priya",
            4 * D + 14 * H,
            8,
            "Followers only, because it may still go wrong: the ash glaze from the fallen elm is melting. Actual tree, actual glass. More on Monday.",
        )
    },
    Post {
        comments: &[comment("tomas", 26, 2, "Only the blunt end of it.")],
        ..post(
            "lena",
            4 * D + 18 * H,
            8,
            "Has anybody seen the small raising hammer? It looks like a hammer, but it looks at you differently.",
        )
    },
    Post {
        comments: &[
            comment("niko", 8, 3, "If you want the round ones, I can blow a dozen on Friday."),
            comment(
                "aroha",
                22,
                2,
                "Stall 14 for the flax, please, not beside the fudge. Last year we sold nothing and ate everything.",
            ),
            comment("wren", 37, 6, "Beside the fudge. Gladly. For ever."),
        ],
        ..post(
            "mina",
            5 * D + 2 * H,
            14,
            "Winter fair: the plan with all the stalls hangs in the hall. Swap among yourselves until Sunday, then it is carved in something hard. #winterfair",
        )
    },
    post(
        "ingrid",
        5 * D + 8 * H,
        9,
        "Cat number one has been through the warp. We have both learned something. Only one of us is sorry.",
    ),
    Post {
        pictures: &[(Scene::Kiln, "The kiln at top temperature, pots glowing on three shelves.")],
        comments: &[
            comment(
                "dev",
                10,
                3,
                "1,240 degrees and steady. I have turned the alarm up, the last one sounded like a kettle.",
            ),
            comment("mina", 19, 7, "It WAS the kettle."),
        ],
        ..post(
            "ana",
            5 * D + 12 * H,
            14,
            "Cone 9 going over. Twelve hours in, and not one argument about the draught. #firing",
        )
    },
    post(
        "fatima_z",
        5 * D + 17 * H,
        7,
        "Thank you to whoever sorted my offcuts by colour. I had sorted them by size. I am choosing to be delighted.",
    ),
    Post {
        comments: &[
            comment("chidi", 15, 4, "Two volts low at the far end. I can run a new cable on Wednesday."),
            comment("dev", 29, 2, "Wednesday is good. I hold the ladder."),
        ],
        ..post("niko", 6 * D + H, 5, "Why does the light in the hot shop flicker whenever somebody prints a zine?")
    },
    Post {
        pictures: &[(Scene::Weaving(1), "Green and brown bands of weaving on a loom.")],
        comments: &[comment("ingrid", 41, 3, "The selvedge! Straight as a letter.")],
        ..post("aroha", 6 * D + 7 * H, 13, "Flax and wool on one loom. They do not agree about water, so we go slowly.")
    },
    post(
        "halina",
        6 * D + 12 * H,
        8,
        "A pupil from 1987 walked in to buy a basket and recited the whole poem. Word for word. I had to sit down on the willow.",
    ),
    Post {
        comments: &[comment("ana", 33, 3, "Yes, and then never again.")],
        ..post("ben", 6 * D + 18 * H, 7, "Has anyone ever centred twelve kilos? Asking for my left elbow.")
    },
    Post {
        comments: &[
            comment("yuki", 17, 2, "Gampi for the guards, and then a thin kozo. I have some left over."),
            comment("mei", 58, 1, "Wheat paste, always. Future menders will thank you."),
        ],
        ..post(
            "omar",
            7 * D + 3 * H,
            6,
            "Which paper would you use to guard a map that has been folded for ninety years? It would like to stop being folded.",
        )
    },
    Post {
        pictures: &[
            (Scene::Hills(1), "Hills in the morning under a pale blue sky."),
            (Scene::Hills(2), "The same hills at dusk under a violet sky."),
        ],
        ..post("sam.r", 7 * D + 9 * H, 10, "Same ridge, fourteen hours apart.")
    },
    post(
        "dev",
        7 * D + 14 * H,
        10,
        "Monthly reminder that the red button next to the extractor is not decoration, and that the green one is.",
    ),
    Post {
        comments: &[comment("wren", 12, 4, "The nine of us who read the manual salute you.")],
        ..post(
            "chidi",
            7 * D + 19 * H,
            6,
            "The manual for the laser is rewritten. It is two pages now and the second one is a drawing. https://example.org/studio/laser",
        )
    },
    Post {
        comments: &[
            comment("priya", 25, 3, "Please label the tub. Please label every tub."),
            comment("mina", 40, 4, "I have bought forty labels and a good pen."),
        ],
        ..post(
            "kofi.j",
            8 * D + 4 * H,
            5,
            "Confession: I used the grogged clay for throwing. My hands are very smooth now.",
        )
    },
    Post {
        pictures: &[(Scene::Print(1), "A print of a yellow sun above five dark green waves.")],
        comments: &[
            comment("salma", 90, 1, "I would love this as an embroidery. May I?"),
            comment("yuki", 140, 2, "You may, if I get to see it!"),
        ],
        ..post(
            "yuki",
            8 * D + 10 * H,
            13,
            "First proof of the second block. The waves are where I wanted them, which worries me. #woodcut",
        )
    },
    post("diego", 8 * D + 16 * H, 5, "Welding screens are up. If you can see the arc, the arc can see you."),
    Post {
        comments: &[
            comment("jonas", 11, 2, "Found the red thread. Not the tool. It is becoming a story."),
            comment("lena", 19, 2, "Every tool in this building is in a story."),
        ],
        ..post(
            "rosa_b",
            9 * D + 2 * H,
            4,
            "The lost and found box is now a lost and found shelf. It has outgrown the box.",
        )
    },
    Post {
        comments: &[comment("mei", 22, 3, "I would come for the smell alone.")],
        ..post(
            "niko",
            9 * D + 8 * H,
            8,
            "Open furnace on Saturday: gather, blow, and take home something round-ish. Six places, shoes that close, no synthetic sleeves. #openstudio #glass",
        )
    },
    post(
        "mina",
        9 * D + 15 * H,
        11,
        "To the person who leaves a flower on the front desk on Mondays: the desk thanks you.",
    ),
    Post {
        pictures: &[(Scene::Tiles(1), "Test tiles running from pale honey to dark red.")],
        comments: &[
            comment("ben", 18, 3, "The one that looks like toast. Can we call it Toast?"),
            comment("priya", 27, 6, "It is called PN-114. But yes."),
        ],
        ..post(
            "priya",
            10 * D + H,
            15,
            "Iron, from honey to rust. Same clay, same firing, only the saturation moves. #glaze #testtiles",
        )
    },
    Post {
        comments: &[comment("halina", 36, 2, "You did. And you sang.")],
        ..post("tomas", 10 * D + 9 * H, 7, "Did I really promise eleven stools by the fair?")
    },
    post("wren", 10 * D + 16 * H, 8, "Badge machine is back. Cost of a badge: one good pun or two bad ones."),
    Post {
        comments: &[comment("dev", 13, 3, "Nobody tell the landlord.")],
        ..post(
            "ingrid",
            11 * D + 4 * H,
            9,
            "Dyed with onion skins, walnut and the very last of the marigolds. The courtyard smells like soup. #dyeing",
        )
    },
    Post {
        pictures: &[(Scene::StillLife(2), "A yellow vase, a white bowl and a teal bottle against a violet wall.")],
        ..post(
            "ana",
            11 * D + 11 * H,
            12,
            "Finished the commission for the café. They asked for \"something like the sea, but warm\". This is my answer.",
        )
    },
    post(
        "mateus",
        11 * D + 18 * H,
        5,
        "Ink stock is low: we have black, another black, and a green that nobody admits to ordering.",
    ),
    Post {
        comments: &[comment("aroha", 44, 2, "Mine started the same way. Welcome to the rest of your life.")],
        ..post("halina", 12 * D + 6 * H, 9, "Made a handle that holds. It only took retirement.")
    },
    Post {
        audience: Audience::Followers,
        comments: &[comment("yuki", 30, 1, "We will be loud and on time.")],
        ..post(
            "wren",
            12 * D + 14 * H,
            5,
            "Small reading on Friday at eight, upstairs, twenty chairs. Only telling the people who put up with me here.",
        )
    },
    Post {
        comments: &[comment("omar", 12, 2, "Neatsfoot oil, very little, and a week of patience.")],
        ..post(
            "jonas",
            13 * D + 2 * H,
            4,
            "A saddle from 1931 came in for new billets. Somebody loved it. Somebody also left it in a barn.",
        )
    },
    post("dev", 13 * D + 10 * H, 9, "Extractor filters are changed. You may sneeze again on 1 March."),
    Post {
        comments: &[comment("lena", 51, 1, "Bring it by, I have a stake that fits.")],
        ..post(
            "diego",
            13 * D + 18 * H,
            4,
            "How do the silver people get a curve that smooth? Mine looks like a map of the Alps.",
        )
    },
    Post {
        pictures: &[(Scene::Weaving(2), "Violet, pink and gold bands of weaving on a loom.")],
        comments: &[comment("fatima_z", 66, 3, "The gold! It sings.")],
        ..post("ingrid", 14 * D + 5 * H, 13, "Off the loom, washed, fringed, and already claimed by a cat. #weaving")
    },
    post(
        "chidi",
        14 * D + 16 * H,
        6,
        "Soldering table is open on Wednesdays from five. Bring the thing that crackles.",
    ),
    Post {
        comments: &[comment("ben", 20, 2, "Reclaim day, everybody! Old clothes, loud radio.")],
        ..post(
            "mina",
            15 * D + 3 * H,
            8,
            "The clay order arrives on Thursday: 600 kilos, one lift, no courage. Please come and carry a bag. Sources and prices: https://example.org/studio/clay",
        )
    },
    post(
        "lena",
        15 * D + 14 * H,
        6,
        "Third ring this month for people who met at the sharpening evening. @tomas, you are running a service you did not advertise.",
    ),
    Post {
        pictures: &[(Scene::Window, "A plant and three small pots on a sunny window sill.")],
        ..post("mei", 16 * D + 8 * H, 11, "Morning light on the mending bench. The plant is winning.")
    },
    post(
        "ben",
        17 * D + 4 * H,
        7,
        "Trimming class was full, so there is a second one: Monday, seven o'clock, eight wheels, no spectators in the splash zone.",
    ),
    Post {
        comments: &[comment("mina", 32, 3, "Kettle is yours. Be gentle with the lid.")],
        ..post(
            "fatima_z",
            18 * D + 2 * H,
            8,
            "Mint tea for everybody who helps to carry the grout upstairs. There is a lot of grout. There will be a lot of tea.",
        )
    },
    post(
        "yuki",
        19 * D + 5 * H,
        9,
        "Paper day: 40 sheets of kozo, pulled and pressed. The felts are drying on every chair. Please stand. #papermaking",
    ),
    Post {
        comments: &[comment("ana", 14, 4, "Here is to year two. And to better shelves.")],
        ..post(
            "mina",
            20 * D + 7 * H,
            20,
            "Eight months ago this was a tyre shop. Today we are two dozen people, three kilns, two cats who are not allowed in, and one very long table. Thank you all. #openstudio",
        )
    },
];
