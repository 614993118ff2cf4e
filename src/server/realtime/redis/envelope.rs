//! What nodes say to each other, and how it looks on the way: JSON, as nodes of two versions may share a channel.

use serde::{Deserialize, Serialize};

use crate::{
    protocol::ids::UserId,
    server::{domain::outcome::Publication, realtime::hub::Standing},
};

/// One thing that a node says to all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who says it: one run of one node.
    pub from: String,
    /// How many numbered things the node has said, this one included where [`Said::is_numbered`].
    pub number: u64,
    /// What it says.
    #[serde(flatten)]
    pub said: Said,
}

/// What nodes say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", content = "it", rename_all = "snake_case")]
pub enum Said {
    /// Do what this publication says.
    Publish(Publication),
    /// These people came, went, or do something else now; `None` for who is gone.
    People(Vec<(UserId, Option<Standing>)>),
    /// These people are here, and no others.
    Everybody(Vec<(UserId, Standing)>),
    /// The node is there. Said about once a second.
    Beat {
        /// Connections it holds.
        connections: usize,
    },
    /// The node listens from now on: tell it who is where.
    Hello,
    /// The node stops; whoever is there now leaves.
    Bye,
    /// Something that only newer nodes understand.
    #[serde(other)]
    Unknown,
}

impl Said {
    /// Whether it counts: what is missed of these is told by the next number.
    #[must_use]
    pub const fn is_numbered(&self) -> bool {
        matches!(self, Self::Publish(_) | Self::People(_) | Self::Everybody(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::SessionId;

    fn there_and_back(said: Said) -> Envelope {
        let sent = Envelope { from: "1f".to_owned(), number: 7, said };
        let read: Envelope = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
        assert_eq!(read, sent);
        read
    }

    #[test]
    fn what_is_said_is_understood() {
        there_and_back(Said::Publish(Publication::SessionsEnded { session_ids: vec![SessionId::new(3)] }));
        let standing = Standing { is_idle: true, connections: 2 };
        there_and_back(Said::People(vec![(UserId::new(1), Some(standing)), (UserId::new(2), None)]));
        there_and_back(Said::Everybody(vec![(UserId::new(1), standing)]));
        there_and_back(Said::Beat { connections: 12 });
        there_and_back(Said::Hello);
        there_and_back(Said::Bye);
    }

    #[test]
    fn who_is_here_counts_like_what_is_published() {
        // What a node would have said of single people is forgotten when it says how all are: nobody may miss that.
        assert!(Said::Everybody(Vec::new()).is_numbered() && Said::People(Vec::new()).is_numbered());
        assert!(!Said::Hello.is_numbered() && !Said::Beat { connections: 1 }.is_numbered());
    }

    #[test]
    fn what_a_newer_node_says_is_let_pass() {
        let read: Envelope = serde_json::from_str(r#"{"from":"1f","number":7,"say":"sing"}"#).unwrap();
        assert_eq!(read.said, Said::Unknown);
    }
}
