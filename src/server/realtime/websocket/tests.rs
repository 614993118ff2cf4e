//! Frames of a client, however they are cut, mean what the library's own client meant; what is no frame is refused.

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, Role, WebSocketContext, frame::Frame},
};

use super::*;

/// Reads all of it, given in pieces that end at `cuts`.
fn read(bytes: &[u8], cuts: &[usize]) -> (Vec<Heard>, Option<Fault>, Decoder) {
    let mut decoder = Decoder::default();
    let mut heard = Vec::new();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]).collect();
    cuts.sort_unstable();
    let mut from = 0;
    for cut in cuts {
        decoder.take(&bytes[from..cut]);
        from = cut;
        loop {
            match decoder.read() {
                Ok(Some(one)) => heard.push(one),
                Ok(None) => break,
                Err(fault) => return (heard, Some(fault), decoder),
            }
        }
    }
    (heard, None, decoder)
}

fn masked(header: FrameHeader, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 11, 13, 17];
    let header = FrameHeader { mask: Some(mask), ..header };
    let mut bytes = Vec::new();
    header.format(payload.len() as u64, &mut bytes).unwrap();
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn frame(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
    masked(FrameHeader { opcode, is_final, ..FrameHeader::default() }, payload)
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(OpCode::Data(Data::Text), true, payload)
}

/// What the library's client writes for this message.
fn written(message: Message) -> Vec<u8> {
    let mut stream = Cursor::new(Vec::new());
    let mut client = WebSocketContext::new(Role::Client, None);
    client.write(&mut stream, message).unwrap();
    client.flush(&mut stream).unwrap();
    stream.into_inner()
}

fn messages() -> impl Strategy<Value = (Message, Heard)> {
    prop_oneof![
        ".{0,300}".prop_map(|text: String| (Message::text(text.clone()), Heard::Text(text))),
        prop::collection::vec(any::<u8>(), 0..70_000 / 2).prop_map(|bytes| (Message::binary(bytes), Heard::Binary)),
        prop::collection::vec(any::<u8>(), 0..=125)
            .prop_map(|bytes| (Message::Ping(bytes.clone().into()), Heard::Ping(bytes))),
        prop::collection::vec(any::<u8>(), 0..=125).prop_map(|bytes| (Message::Pong(bytes.into()), Heard::Pong)),
    ]
}

proptest! {
    #[test]
    fn what_the_librarys_client_writes_is_heard_however_it_is_cut(
        said in prop::collection::vec(messages(), 0..6),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let bytes: Vec<u8> = said.iter().flat_map(|(message, _)| written(message.clone())).collect();
        let (heard, fault, decoder) = read(&bytes, &cuts);
        prop_assert_eq!(fault, None);
        prop_assert_eq!(heard, said.into_iter().map(|(_, heard)| heard).collect::<Vec<_>>());
        prop_assert_eq!((decoder.held.capacity(), decoder.begun.is_some()), (0, false));
    }

    #[test]
    fn a_text_in_pieces_with_pings_between_is_one(
        pieces in prop::collection::vec(".{0,40}", 1..6),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut bytes = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let kind = if at == 0 { Data::Text } else { Data::Continue };
            bytes.extend(frame(OpCode::Data(kind), at + 1 == pieces.len(), piece.as_bytes()));
            bytes.extend(frame(OpCode::Control(Control::Ping), true, b"there?"));
        }
        let (heard, fault, _) = read(&bytes, &cuts);
        prop_assert_eq!(fault, None);
        prop_assert_eq!(heard.len(), pieces.len() + 1);
        prop_assert!(heard.contains(&Heard::Text(pieces.concat())));
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_nothing_grows_beyond_a_frame(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let (_, _, decoder) = read(&bytes, &cuts);
        prop_assert!(decoder.held.len() <= bytes.len());
    }

    #[test]
    fn what_the_server_writes_is_what_the_librarys_client_reads(payload in ".{0,400}") {
        let frame = Frame::message(payload.clone(), OpCode::Data(Data::Text), true);
        let mut expected = Vec::new();
        frame.format(&mut expected).unwrap();
        prop_assert_eq!(framed(OpCode::Data(Data::Text), payload.as_bytes()), expected);
    }
}

#[test]
fn a_close_is_given_back_with_its_code() {
    let bytes = written(Message::Close(Some(CloseFrame { code: Code::Away, reason: "bye".into() })));
    let payload = [&1001_u16.to_be_bytes()[..], b"bye"].concat();
    assert_eq!(read(&bytes, &[]).0, [Heard::Close(payload)]);
    assert_eq!(read(&written(Message::Close(None)), &[]).0, [Heard::Close(vec![])]);
}

#[test]
fn what_no_client_may_send_is_refused() {
    let close = |payload: &[u8]| frame(OpCode::Control(Control::Close), true, payload);
    let reserved = FrameHeader { rsv1: true, opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    for (bytes, fault) in [
        (framed(OpCode::Data(Data::Text), b"not masked"), Fault::Protocol),
        (masked(reserved, b"compressed"), Fault::Protocol),
        (frame(OpCode::Data(Data::Continue), true, b"of what?"), Fault::Protocol),
        ([frame(OpCode::Data(Data::Text), false, b"a"), text(b"b")].concat(), Fault::Protocol),
        (frame(OpCode::Control(Control::Ping), false, b"in pieces"), Fault::Protocol),
        (frame(OpCode::Control(Control::Ping), true, &[0; 126]), Fault::Protocol),
        (vec![0x83, 0x80, 0, 0, 0, 0], Fault::Protocol),
        (close(&[3]), Fault::Protocol),
        (close(&1005_u16.to_be_bytes()), Fault::Protocol),
        (close(&[3, 232, 0xFF]), Fault::NotText),
        (text(&[0xFF]), Fault::NotText),
        (text(&vec![b'a'; FRAME_MAX_BYTES + 1]), Fault::TooLarge),
    ] {
        assert_eq!(read(&bytes, &[]).1, Some(fault), "{:?}", &bytes[..bytes.len().min(20)]);
    }
}

#[test]
fn a_frame_that_is_too_large_is_refused_by_its_header_and_pieces_by_their_sum() {
    let large = text(&vec![b'a'; FRAME_MAX_BYTES + 1]);
    assert_eq!(read(&large[..14], &[]).1, Some(Fault::TooLarge));
    let half = vec![b'a'; FRAME_MAX_BYTES / 2 + 1];
    let first = frame(OpCode::Data(Data::Text), false, &half);
    let second = frame(OpCode::Data(Data::Continue), true, &half);
    assert_eq!(read(&[first, second].concat(), &[]).1, Some(Fault::TooLarge));
    assert_eq!(read(&text(&vec![b'a'; FRAME_MAX_BYTES]), &[]).1, None);
}
