//! JSON, as far as it is written here.
//!
//! A crate for it would do this well. But `serde_json`, wherever it is in the tree, makes integers and strings comparable with its
//! own type, and code such as `assert_eq!(numbers, [])`, which compiled before, no longer does: a feature may not do that to a
//! program.

use std::fmt::{self, Write};
use std::time::Duration;

pub(super) enum Json {
    Null,
    Bool(bool),
    Number(u64),
    /// In microseconds, to the nanosecond.
    Time(Duration),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

/// `object! { "name": value, .. }`
macro_rules! object {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::timeline::json::Json::Object(vec![$(($name, $crate::timeline::json::Json::from($value))),*])
    };
}

/// `list![value, ..]`
macro_rules! list {
    ($($value:expr),* $(,)?) => {
        $crate::timeline::json::Json::List(vec![$($crate::timeline::json::Json::from($value)),*])
    };
}

pub(super) use {list, object};

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<u32> for Json {
    fn from(value: u32) -> Self {
        Json::Number(value.into())
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Json::Number(value)
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Json::Number(value as u64)
    }
}

impl From<Duration> for Json {
    fn from(value: Duration) -> Self {
        Json::Time(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::Text(value)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(value) => write!(f, "{value}"),
            Json::Time(time) => write!(f, "{}.{:03}", time.as_micros(), time.subsec_nanos() % 1000),
            Json::Text(text) => write_text(f, text),
            Json::List(values) => {
                f.write_char('[')?;
                write_separated(f, values, |f, value| write!(f, "{value}"))?;
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                write_separated(f, members, |f, (name, value)| write!(f, "\"{name}\":{value}"))?;
                f.write_char('}')
            }
        }
    }
}

fn write_separated<T>(
    f: &mut fmt::Formatter<'_>,
    values: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            f.write_char(',')?;
        }
        write(f, value)?;
    }
    Ok(())
}

/// Escaped so that it is at home in the middle of a script element too: nothing in it ends that, or a line.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '<' | '\0'..='\x1f' | '\x7f' | '\u{2028}' | '\u{2029}' => write!(f, "\\u{:04x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Json;

    #[test]
    fn what_is_written_is_read_back() {
        let text: String = (0..0x3000).filter_map(char::from_u32).chain("\u{10348}".chars()).collect();
        let nothing: Option<bool> = None;
        let time = Duration::from_nanos(1_002_003);
        let written = object! { "text": text.as_str(), "list": list![1_u32, true, nothing, time, list![]] }.to_string();
        let read: serde_json::Value = serde_json::from_str(&written).expect("valid JSON");
        assert_eq!(read["text"], text);
        assert_eq!(read["list"], serde_json::json!([1, true, null, 1002.003, []]));
        assert!(!written.contains(['<', '\u{2028}', '\u{2029}', '\n']));
        assert_eq!(Json::from(Duration::ZERO).to_string(), "0.000");
    }
}
