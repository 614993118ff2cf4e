//! WebSocket frames as a client reads and writes them.

/// A text frame.
pub const TEXT: u8 = 0x1;
/// The end of a connection.
pub const CLOSE: u8 = 0x8;
/// Asks for a pong.
pub const PING: u8 = 0x9;
/// Answers a ping.
pub const PONG: u8 = 0xA;

/// One frame of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub opcode: u8,
    /// What it says.
    pub payload: &'a [u8],
    /// How many bytes it takes with its head.
    pub length: usize,
}

/// The first frame of `bytes`, if it is there whole.
#[must_use]
pub fn first(bytes: &[u8]) -> Option<Frame<'_>> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (start, length): (usize, usize) = match second & 0x7F {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let end = start.checked_add(length)?;
    Some(Frame { opcode: first & 0x0F, payload: bytes.get(start..end)?, length: end })
}

/// Puts a client's frame behind what is in `out`. Its mask is zero, which costs the server the same.
pub fn put(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..126), _) => out.push(0x80 | short),
        (_, Ok(long)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&long.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// The frame of a server: for what stands in for one.
#[must_use]
pub fn unmasked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x80 | TEXT];
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(short @ 0..126), _) => frame.push(short),
        (_, Ok(long)) => {
            frame.push(126);
            frame.extend_from_slice(&long.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(text.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_when_its_last_byte_is_there_and_not_before() {
        for length in [0, 1, 125, 126, 300, 65_535, 65_536] {
            let text = "x".repeat(length);
            let frame = unmasked(&text);
            let read = first(&frame).unwrap();
            assert_eq!((read.opcode, read.payload, read.length), (TEXT, text.as_bytes(), frame.len()));
            assert!((0..frame.len().min(12)).all(|cut| first(&frame[..cut]).is_none() || cut == frame.len()));
            assert_eq!(first(&frame[..frame.len() - 1]), None);
        }
    }

    #[test]
    fn a_second_frame_is_left_where_it_is() {
        let both = [unmasked("one"), unmasked("two")].concat();
        let read = first(&both).unwrap();
        assert_eq!(first(&both[read.length..]).unwrap().payload, b"two");
    }

    #[test]
    fn what_a_client_says_is_masked_with_zeros() {
        let mut out = Vec::new();
        put(&mut out, TEXT, b"hi");
        put(&mut out, PONG, &[7; 200]);
        assert_eq!(out[..8], [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
        assert_eq!(out[8..16], [0x8A, 0xFE, 0, 200, 0, 0, 0, 0]);
    }
}
