//! Sealing what is said to a device, so that the push service in between cannot read it: RFC 8291 over RFC 8188.
//!
//! Written here, over the one provider of cryptography, because the crates that do it bring others along.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand::fill as fill_randomly,
};

use super::address::KEY_BYTES;

/// The length of the secret that a browser shares, in bytes.
pub(super) const SECRET_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
/// What push services take at least (RFC 8030, section 7.2), which is one record.
const RECORD_BYTES: u32 = 4_096;
/// What is left in it for words: without the header, the tag and the mark of the last record.
const PLAIN_MAX_BYTES: usize = 4_096 - (SALT_BYTES + 4 + 1 + KEY_BYTES) - 16 - 1;
/// Ends the last record.
const LAST: u8 = 2;

/// A length for HKDF.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Whether these bytes are a public key of P-256.
pub(super) fn is_key(bytes: &[u8]) -> bool {
    ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, bytes)).is_ok()
}

/// Seals for the public key and secret of a device. `None` when it is too long, or the key is none.
pub(super) fn seal(plain: &[u8], key: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut salt = [0; SALT_BYTES];
    fill_randomly(&mut salt).ok()?;
    let own = PrivateKey::generate(&ECDH_P256).ok()?;
    seal_with(plain, key, secret, &own, salt)
}

/// The same with a key of ours and a salt that are given: each pair only once.
fn seal_with(plain: &[u8], key: &[u8], secret: &[u8], own: &PrivateKey, salt: [u8; SALT_BYTES]) -> Option<Vec<u8>> {
    let public = own.compute_public_key().ok()?;
    let info = [b"WebPush: info\0".as_slice(), key, public.as_ref()];
    let mixed = agree(own, UnparsedPublicKey::new(&ECDH_P256, key), (), |shared| {
        let shared = Salt::new(HKDF_SHA256, secret).extract(shared);
        expand::<32>(&shared, &info).ok_or(())
    });
    if plain.len() > PLAIN_MAX_BYTES {
        return None;
    }
    record(plain, &mixed.ok()?, salt, public.as_ref())
}

/// One record, and the last, of RFC 8188 (`aes128gcm`), under a key that `key_id` tells of.
fn record(plain: &[u8], key: &[u8], salt: [u8; SALT_BYTES], key_id: &[u8]) -> Option<Vec<u8>> {
    let mixed = Salt::new(HKDF_SHA256, &salt).extract(key);
    let content_key = expand::<16>(&mixed, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expand::<NONCE_BYTES>(&mixed, &[b"Content-Encoding: nonce\0"])?;
    let mut body = [plain, &[LAST]].concat();
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key).ok()?);
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body).ok()?;
    let key_id_length = u8::try_from(key_id.len()).ok()?;
    Some([&salt, RECORD_BYTES.to_be_bytes().as_slice(), &[key_id_length], key_id, &body].concat())
}

fn expand<const N: usize>(key: &Prk, info: &[&[u8]]) -> Option<[u8; N]> {
    let mut out = [0; N];
    key.expand(info, Length(N)).and_then(|bytes| bytes.fill(&mut out)).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    /// RFC 8188, section 3.1.
    #[test]
    fn the_example_of_the_encoding_comes_out() {
        let salt = bytes("I1BsxtFttlv3u_Oo94xnmw").try_into().unwrap();
        let sealed = record(b"I am the walrus", &bytes("yqdlZ-tYemfogSmv7Ws5PQ"), salt, b"").unwrap();
        let expected = "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg";
        assert_eq!(BASE64.encode(sealed), expected);
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_web_push_comes_out() {
        let own = PrivateKey::from_private_key(&ECDH_P256, &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let secret = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let plain = b"When I grow up, I want to be a watermelon";
        let sealed = seal_with(plain, &bytes(key), &secret, &own.unwrap(), salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
                        AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64.encode(sealed), expected);
    }

    #[test]
    fn what_fits_fills_one_record_and_what_is_longer_is_not_sealed() {
        let theirs = PrivateKey::generate(&ECDH_P256).unwrap().compute_public_key().unwrap();
        let sealed = seal(&[b'x'; PLAIN_MAX_BYTES], theirs.as_ref(), &[7; 16]).unwrap();
        assert_eq!(sealed.len(), 4_096);
        assert_eq!(seal(&[b'x'; PLAIN_MAX_BYTES + 1], theirs.as_ref(), &[7; 16]), None);
        let again = seal(b"x", theirs.as_ref(), &[7; 16]).unwrap();
        assert_ne!(again, seal(b"x", theirs.as_ref(), &[7; 16]).unwrap(), "each has a key and a salt of its own");
    }

    #[test]
    fn a_key_lies_on_the_curve() {
        let theirs = PrivateKey::generate(&ECDH_P256).unwrap().compute_public_key().unwrap();
        let mut bytes = theirs.as_ref().to_vec();
        assert!(is_key(&bytes));
        bytes[40] ^= 1;
        assert!(!is_key(&bytes) && !is_key(&[]) && !is_key(&[4; 65]));
    }
}
