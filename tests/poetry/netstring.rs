//! The rules of netstrings, those of Twisted's `NetstringReceiver`.

use poetry::netstring::{MAX_LENGTH, Netstring};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

/// What is decoded while these bytes are all there is, and what is left.
fn decoded(bytes: &[u8]) -> (Result<Option<String>, String>, usize) {
    let mut source = BytesMut::from(bytes);
    let payload = Netstring.decode(&mut source).map_err(|error| error.to_string());
    (payload.map(|payload| payload.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())), source.len())
}

fn error_at_end(bytes: &[u8]) -> String {
    Netstring.decode_eof(&mut BytesMut::from(bytes)).unwrap_err().to_string()
}

#[test]
fn a_complete_netstring_is_taken_and_what_follows_stays() {
    assert_eq!(decoded(b"5:hello,"), (Ok(Some("hello".to_owned())), 0));
    assert_eq!(decoded(b"0:,"), (Ok(Some(String::new())), 0));
    assert_eq!(decoded(b"1:a,1:b,"), (Ok(Some("a".to_owned())), 4));
}

#[test]
fn an_incomplete_netstring_is_waited_for() {
    let whole = b"12:hello, world,";
    for end in 0..whole.len() {
        assert_eq!(decoded(&whole[..end]), (Ok(None), end));
    }
    assert_eq!(decoded(b"99999:abc"), (Ok(None), 9));
}

#[test]
fn a_broken_one_is_refused_before_its_colon_is_there() {
    for (bytes, reason) in [
        (&b"x"[..], "its length has a `x` in it"),
        (b" 5:", "its length has a ` ` in it"),
        (b"-1:", "its length has a `-` in it"),
        (b":", "its length has a `:` in it"),
        (b"5\xff", r"its length has a `\xff` in it"),
        (b"027:", "its length begins with a zero"),
        (b"00", "its length begins with a zero"),
        (b"100000:", "it is 100000 bytes long, and 99999 are allowed"),
        (b"100000", "it is 100000 bytes long, and 99999 are allowed"),
        (b"9999999", "its length has more than 6 digits"),
        (b"99999999999999999999999999999", "its length has more than 6 digits"),
        (b"2:abc", "a `c` follows its payload instead of a comma"),
    ] {
        assert_eq!(decoded(bytes).0, Err(reason.to_owned()), "{}", bytes.escape_ascii());
    }
}

#[test]
fn an_early_end_is_an_error_that_says_how_much_is_missing() {
    assert!(Netstring.decode_eof(&mut BytesMut::new()).unwrap().is_none());
    assert_eq!(error_at_end(b"12"), "it ends inside its length");
    assert_eq!(error_at_end(b"40:hello, world"), "it ends after 12 of 40 bytes");
    assert_eq!(error_at_end(b"2:ab"), "it ends after 2 of 2 bytes");
}

#[test]
fn the_limit_holds_for_receiving_and_for_sending() {
    let mut wire = BytesMut::new();
    Netstring.encode(&vec![b'a'; MAX_LENGTH], &mut wire).unwrap();
    assert!(wire.starts_with(b"99999:aaa") && wire.ends_with(b"a,"));
    assert_eq!(Netstring.decode(&mut wire).unwrap().unwrap().len(), MAX_LENGTH);

    let refused = Netstring.encode(&vec![b'a'; MAX_LENGTH + 1], &mut wire);
    assert_eq!(refused.unwrap_err().to_string(), "it is 100000 bytes long, and 99999 are allowed");
    assert!(wire.is_empty());
}
