//! What to tell the server of how far the reader is: the newest only, at most once a second for each conversation.

use std::collections::BTreeMap;

use super::connection::{Answer, Errand};
use crate::protocol::{
    errors::ErrorCode,
    ids::{ConversationId, MessageId},
};

/// A conversation's receipts are sent at most this often, in milliseconds.
const INTERVAL_MS: u64 = 1_000;

/// Which receipt: of a conversation, and whether it was read or only received.
type Key = (ConversationId, bool);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Receipt {
    /// The newest message that is to be told.
    wanted: Option<(MessageId, u64)>,
    /// The greatest number that is told or on its way.
    told: u64,
    sent_ms: Option<u64>,
}

/// All receipts of the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    all: BTreeMap<Key, Receipt>,
}

impl Receipts {
    /// The reader has read, or this device has received, everything up to a message.
    pub fn want(&mut self, at: ConversationId, read: bool, message_id: MessageId, number: u64) {
        // What was read was received.
        let read_already = self.all.get(&(at, true)).map_or(0, |receipt| receipt.told);
        let receipt = self.all.entry((at, read)).or_default();
        let known = receipt.told.max(receipt.wanted.map_or(0, |(_, number)| number));
        if number > known && (read || number > read_already) {
            receipt.wanted = Some((message_id, number));
        }
    }

    /// What to send now.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<Errand> {
        let mut due = Vec::new();
        for ((conversation_id, read), receipt) in &mut self.all {
            let is_due = receipt.due_ms().is_some_and(|due| due <= now_ms);
            if let Some((message_id, number)) = receipt.wanted.take_if(|_| is_due) {
                receipt.told = number;
                receipt.sent_ms = Some(now_ms);
                due.push(Errand::Receipt { conversation_id: *conversation_id, message_id, number, read: *read });
            }
        }
        due
    }

    /// When something is to be sent.
    #[must_use]
    pub fn due_ms(&self) -> Option<u64> {
        self.all.values().filter_map(|receipt| receipt.due_ms()).min()
    }

    /// Takes the end of an errand: what was lost, or refused for now, is sent again.
    pub fn answer(&mut self, errand: &Errand, answer: &Answer) {
        let Errand::Receipt { conversation_id, message_id, number, read } = errand else { return };
        let again = match answer {
            Answer::Done => false,
            Answer::Lost => true,
            Answer::Refused(error) => {
                matches!(error.code, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal)
            }
        };
        if let (true, Some(receipt)) = (again, self.all.get_mut(&(*conversation_id, *read)))
            && receipt.told == *number
        {
            receipt.told = 0;
            receipt.wanted = receipt.wanted.or(Some((*message_id, *number)));
        }
    }

    /// Forgets a conversation.
    pub fn forget(&mut self, at: ConversationId) {
        self.all.remove(&(at, true));
        self.all.remove(&(at, false));
    }
}

impl Receipt {
    fn due_ms(&self) -> Option<u64> {
        self.wanted.map(|_| self.sent_ms.map_or(0, |at| at.saturating_add(INTERVAL_MS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::errors::ApiError;

    const HERE: ConversationId = ConversationId::new(1);

    fn numbers(errands: &[Errand]) -> Vec<(u64, bool)> {
        let of = |at: &Errand| match at {
            Errand::Receipt { number, read, .. } => (*number, *read),
            _ => panic!("not a receipt"),
        };
        errands.iter().map(of).collect()
    }

    fn want(receipts: &mut Receipts, read: bool, number: u64) {
        receipts.want(HERE, read, MessageId::new(number), number);
    }

    #[test]
    fn the_first_goes_at_once_and_later_ones_once_a_second_the_newest_only() {
        let mut receipts = Receipts::default();
        want(&mut receipts, false, 4);
        assert_eq!(numbers(&receipts.take_due(10_000)), [(4, false)]);
        (5..9).for_each(|number| want(&mut receipts, false, number));
        assert!(receipts.take_due(10_999).is_empty());
        assert_eq!(receipts.due_ms(), Some(11_000));
        assert_eq!(numbers(&receipts.take_due(11_000)), [(8, false)]);
        want(&mut receipts, false, 7);
        assert_eq!(receipts.due_ms(), None, "an older one says nothing new");
    }

    #[test]
    fn what_was_read_need_not_be_received() {
        let mut receipts = Receipts::default();
        want(&mut receipts, true, 4);
        assert_eq!(numbers(&receipts.take_due(10_000)), [(4, true)]);
        want(&mut receipts, false, 4);
        assert_eq!(receipts.due_ms(), None);
    }

    #[test]
    fn what_was_lost_is_sent_again_and_what_was_refused_for_good_is_not() {
        let mut receipts = Receipts::default();
        want(&mut receipts, true, 4);
        let sent = receipts.take_due(10_000);
        receipts.answer(&sent[0], &Answer::Lost);
        let sent = receipts.take_due(11_000);
        assert_eq!(numbers(&sent), [(4, true)]);
        receipts.answer(&sent[0], &Answer::Refused(ApiError::new(ErrorCode::Forbidden, "no")));
        assert_eq!(receipts.due_ms(), None);
    }

    #[test]
    fn a_lost_one_does_not_take_the_place_of_a_newer_one() {
        let mut receipts = Receipts::default();
        want(&mut receipts, true, 4);
        let sent = receipts.take_due(10_000);
        want(&mut receipts, true, 6);
        receipts.answer(&sent[0], &Answer::Lost);
        assert_eq!(numbers(&receipts.take_due(11_000)), [(6, true)]);
    }
}
