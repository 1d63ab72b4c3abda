//! Netstrings: `LENGTH:PAYLOAD,` with the length in decimal digits. The rules are those of Twisted's
//! `NetstringReceiver`, down to the moment at which a broken one is refused.

use std::ascii::escape_default;
use std::error::Error;
use std::{fmt, io};

use tokio_util::bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

/// The longest payload that is taken, in bytes. Twisted: `NetstringReceiver.MAX_LENGTH`.
pub const MAX_LENGTH: usize = 99_999;

/// A length text with more digits than this is refused before its value is looked at.
const MAX_DIGITS: usize = 6;

/// The codec of netstrings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Netstring;

/// What is wrong with a netstring.
#[derive(Debug)]
pub enum NetstringError {
    /// This byte stands where a digit of the length, or the colon after it, should be.
    NotALength(u8),
    /// The length has more digits than any length can have.
    TooManyDigits,
    /// The length begins with a zero and does not end there.
    LeadingZero,
    /// The payload is longer than [`MAX_LENGTH`]; this is its length.
    TooLong(usize),
    /// This byte stands where the comma should be.
    NoComma(u8),
    /// The stream ended inside the length.
    CutLength,
    /// The stream ended inside the payload or before the comma.
    Cut {
        /// How many bytes of the payload there are.
        have: usize,
        /// How many there should be.
        of: usize,
    },
    /// Reading or writing failed.
    Io(io::Error),
}

impl Decoder for Netstring {
    type Item = Bytes;
    type Error = NetstringError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Bytes>, NetstringError> {
        let Some(Header { width, length }) = parse_header(source)? else { return Ok(None) };
        let Some(&end) = source.get(width + length) else {
            source.reserve(width + length + 1 - source.len());
            return Ok(None);
        };
        if end != b',' {
            return Err(NetstringError::NoComma(end));
        }
        source.advance(width);
        let payload = source.split_to(length).freeze();
        source.advance(1);
        Ok(Some(payload))
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Bytes>, NetstringError> {
        match self.decode(source)? {
            None if source.is_empty() => Ok(None),
            None => Err(parse_header(source)?.map_or(NetstringError::CutLength, |header| NetstringError::Cut {
                have: (source.len() - header.width).min(header.length),
                of: header.length,
            })),
            payload => Ok(payload),
        }
    }
}

/// The length of a netstring and the colon after it.
struct Header {
    /// How many bytes it takes, the colon included.
    width: usize,
    /// What it says.
    length: usize,
}

/// Reads the length, or as much of it as has come: what cannot become a good one is refused before its colon is there.
fn parse_header(bytes: &[u8]) -> Result<Option<Header>, NetstringError> {
    let mut length = 0;
    for (digits, &byte) in bytes.iter().enumerate() {
        match byte {
            b':' if digits > 0 => return Ok(Some(Header { width: digits + 1, length })),
            b'0'..=b'9' if digits >= MAX_DIGITS => return Err(NetstringError::TooManyDigits),
            b'0'..=b'9' if digits > 0 && length == 0 => return Err(NetstringError::LeadingZero),
            b'0'..=b'9' => length = length * 10 + usize::from(byte - b'0'),
            _ => return Err(NetstringError::NotALength(byte)),
        }
        if length > MAX_LENGTH && bytes.get(digits + 1).is_none_or(|next| !next.is_ascii_digit()) {
            return Err(NetstringError::TooLong(length));
        }
    }
    Ok(None)
}

impl Encoder<&[u8]> for Netstring {
    type Error = NetstringError;

    /// Twisted sends what its own receiver refuses; here the sender is told.
    fn encode(&mut self, payload: &[u8], target: &mut BytesMut) -> Result<(), NetstringError> {
        if payload.len() > MAX_LENGTH {
            return Err(NetstringError::TooLong(payload.len()));
        }
        target.reserve(MAX_DIGITS + payload.len() + 2);
        target.put_slice(payload.len().to_string().as_bytes());
        target.put_u8(b':');
        target.put_slice(payload);
        target.put_u8(b',');
        Ok(())
    }
}

impl From<io::Error> for NetstringError {
    fn from(error: io::Error) -> Self {
        NetstringError::Io(error)
    }
}

impl fmt::Display for NetstringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALength(byte) => write!(f, "its length has a `{}` in it", escape_default(*byte)),
            Self::TooManyDigits => write!(f, "its length has more than {MAX_DIGITS} digits"),
            Self::LeadingZero => f.write_str("its length begins with a zero"),
            Self::TooLong(length) => write!(f, "it is {length} bytes long, and {MAX_LENGTH} are allowed"),
            Self::NoComma(byte) => write!(f, "a `{}` follows its payload instead of a comma", escape_default(*byte)),
            Self::CutLength => f.write_str("it ends inside its length"),
            Self::Cut { have, of } => write!(f, "it ends after {have} of {of} bytes"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl Error for NetstringError {}
