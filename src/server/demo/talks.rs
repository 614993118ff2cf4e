//! What the demo's people say to each other, and how far Mina has read.

use super::pictures::Scene;

/// A conversation.
pub struct Talk {
    /// Of a group; two people have none.
    pub title: Option<&'static str>,
    /// Of a group: its picture.
    pub picture: Option<Scene>,
    /// Their handles; the first one began it.
    pub members: &'static [&'static str],
    /// Oldest first.
    pub lines: &'static [Line],
    /// How many of the newest lines Mina has not read.
    pub unread: usize,
}

impl Talk {
    /// What is seen in it.
    pub fn scenes(&self) -> impl Iterator<Item = &Scene> {
        let sent = self.lines.iter().filter_map(|line| match &line.carries {
            Some(Carried::Photo(_, scene)) => Some(scene),
            _ => None,
        });
        self.picture.iter().chain(sent)
    }
}

/// A picture or a file in a message, by its name.
#[derive(Clone, Copy)]
pub enum Carried {
    /// A photo.
    Photo(&'static str, Scene),
    /// A text.
    Text(&'static str, &'static str),
}

/// One message.
pub struct Line {
    /// The sender's handle.
    pub by: &'static str,
    /// How long ago, in minutes.
    pub ago_min: u64,
    /// The text.
    pub text: &'static str,
    /// What it carries.
    pub carries: Option<Carried>,
    /// Who reacted, and with what.
    pub reactions: &'static [(&'static str, &'static str)],
}

const H: u64 = 60;
const D: u64 = 24 * H;

const fn line(by: &'static str, ago_min: u64, text: &'static str) -> Line {
    Line { by, ago_min, text, carries: None, reactions: &[] }
}

const fn liked(by: &'static str, ago_min: u64, text: &'static str, reactions: &'static [(&str, &str)]) -> Line {
    Line { by, ago_min, text, carries: None, reactions }
}

const fn carried(by: &'static str, ago_min: u64, text: &'static str, carries: Carried) -> Line {
    Line { by, ago_min, text, carries: Some(carries), reactions: &[] }
}

/// Every conversation, the one in which something was last said at the end.
pub const TALKS: &[Talk] = &[
    Talk {
        title: None,
        picture: None,
        members: &["omar", "mina"],
        unread: 0,
        lines: &[
            line("omar", 6 * D, "Is the small kiln free on the 28th? I promised my sister four plates."),
            line("mina", 6 * D - 12, "It is now. I put your name on it."),
            liked("omar", 6 * D - 14, "You are the reason anything here ever gets fired.", &[("mina", "😂")]),
        ],
    },
    Talk {
        title: None,
        picture: None,
        members: &["ingrid", "mina"],
        unread: 0,
        lines: &[
            line("ingrid", 2 * D + 3 * H, "The loom room heater is making its noise again."),
            line("mina", 2 * D + 2 * H, "The kettle noise or the tractor noise?"),
            line("ingrid", 2 * D + 2 * H - 4, "Tractor."),
            line("mina", 2 * D + H, "Then I ask Dev before it ploughs something. He is in on Friday."),
            liked("ingrid", 2 * D + H - 9, "Thank you! The cats send their regards.", &[("mina", "❤️")]),
        ],
    },
    Talk {
        title: Some("Spring market"),
        picture: None,
        members: &["mina", "yuki", "lena", "mateus", "priya"],
        unread: 0,
        lines: &[
            line(
                "mina",
                5 * D,
                "Table list for the market is open. We have six, and I would like one of them for mugs only.",
            ),
            line("lena", 5 * D - 20, "I take half a table if somebody takes the other half."),
            line("yuki", 5 * D - 31, "Me! I only have small things this year."),
            line("mateus", 4 * D + 5 * H, "I can drive on Saturday morning, from seven."),
            liked("priya", 4 * D + 4 * H, "Seven is not a time.", &[("lena", "😂"), ("mina", "😂"), ("yuki", "😂")]),
            line(
                "mina",
                D + 6 * H,
                "Settled: Lena and Yuki share table 2, Mateus drives, Priya arrives when time begins.",
            ),
            carried(
                "mina",
                D + 6 * H - 2,
                "",
                Carried::Text(
                    "Market tables.csv",
                    "table,who\n1,mugs only\n2,Lena and Yuki\n3,Mateus\n4,Priya\n5,studio\n6,cash box and biscuits\n",
                ),
            ),
        ],
    },
    Talk {
        title: None,
        picture: None,
        members: &["kofi.j", "mina"],
        unread: 1,
        lines: &[line(
            "kofi.j",
            9 * H,
            "Hello Mina, we have not met yet. I start on the wheel next week. Do I bring my own apron?",
        )],
    },
    Talk {
        title: Some("Kiln crew"),
        picture: Some(Scene::Kiln),
        members: &["dev", "mina", "ben", "ana", "priya"],
        unread: 3,
        lines: &[
            line(
                "dev",
                3 * D,
                "New elements are in. Please no glaze firings above 1240 until I have watched two of them.",
            ),
            line("ana", 3 * D - 25, "Noted in the log. In red."),
            line("ben", 3 * D - 40, "Does watching include biscuits?"),
            liked("dev", 3 * D - 44, "Watching is mostly biscuits.", &[("ben", "🎉"), ("ana", "😂")]),
            line(
                "priya",
                D + 2 * H,
                "My test tiles are on the middle shelf. They look like mints. They are not mints.",
            ),
            line("mina", D + H, "I have put up a sign. Again."),
            line("dev", 2 * H, "First firing done: 1238 at the top, 1231 at the bottom. Best we have ever had."),
            liked(
                "ana",
                2 * H - 7,
                "The celadon came out like water. Come and look!",
                &[("mina", "😮"), ("ben", "👍"), ("priya", "👍")],
            ),
            carried("ana", 2 * H - 8, "", Carried::Photo("celadon.jpg", Scene::StillLife(1))),
            line("ben", 52, "On my way down. I bring the biscuits."),
            line("priya", 47, "Leave the mints."),
            line("dev", 31, "Second one goes in at six. Who closes up tonight?"),
        ],
    },
    Talk {
        title: None,
        picture: None,
        members: &["mina", "ana"],
        unread: 2,
        lines: &[
            line("mina", D + 4 * H, "Did you find the key to the glaze cupboard?"),
            line("ana", D + 4 * H - 3, "It was in the glaze cupboard."),
            liked("mina", D + 4 * H - 5, "Of course it was.", &[("ana", "😂")]),
            line("ana", D + 3 * H, "I will have a second one cut tomorrow, and hang it where no glaze is."),
            line(
                "mina",
                22 * H,
                "Perfect. Ask Tomas for the good locksmith: the one at the bridge cuts them too short.",
            ),
            line("ana", 18, "Done! Two keys, both work. One hangs behind the kettle."),
            line("ana", 12, "Are you coming to the firing at six? I saved you a bowl."),
        ],
    },
    Talk {
        title: None,
        picture: None,
        members: &["ben", "mina"],
        unread: 0,
        lines: &[
            line("ben", 3 * H, "Kofi took the Thursday slot. Rosa is negotiating biscuits."),
            line("mina", 3 * H - 6, "Whatever she offers, ask for shortbread."),
            line("ben", 8, "She offers shortbread."),
            liked("mina", 5, "Then the kiln is hers too.", &[("ben", "🎉")]),
        ],
    },
];
