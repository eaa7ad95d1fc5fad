//! What a close code means for the next attempt.
//!
//! Codes below 3000 are RFC 6455 section 7.4.1 and the IANA registry's; 3000 is "Unauthorized"
//! there. 4400, 4401 and 4403 follow the HTTP statuses they are named for.

use super::time::Millis;

/// The code of a connection that ended without a close frame (RFC 6455 section 7.1.5).
pub const ABNORMAL: u16 = 1006;

/// The code of a close frame that held no code (RFC 6455 section 7.1.5).
pub const NO_STATUS: u16 = 1005;

/// The code of a connection that has done its work.
pub const NORMAL: u16 = 1000;

/// What to do after a close with some code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Trying again may help.
    Retry,
    /// The credentials were refused: fresh ones from the providers may help, once.
    RefreshToken,
    /// The same attempt would end the same way.
    Final,
}

/// What a close code from the peer means.
pub fn meaning(code: u16) -> Meaning {
    match code {
        1002 | 1003 | 1007..=1010 | 4400 | 4403 => Meaning::Final,
        3000 | 4401 => Meaning::RefreshToken,
        _ => Meaning::Retry,
    }
}

/// The milliseconds after `retry` in a close reason: `retry=5000`, `retry: 5000` or
/// `{"retry": 5000}`. Read byte by byte, because the standard library's searches would be a tenth
/// of the whole download.
pub fn retry_hint(reason: &str) -> Option<Millis> {
    const WORD: &[u8] = b"retry";
    let mut rest = reason.as_bytes();
    let mut before = b' ';
    while !rest.starts_with(WORD) || before.is_ascii_alphanumeric() || before == b'_' {
        (before, rest) = rest.split_first().map(|(first, rest)| (*first, rest))?;
    }
    let mut bytes = rest.iter().skip(WORD.len()).skip_while(|byte| b"\"' ".contains(byte));
    if !b":=".contains(bytes.next()?) {
        return None;
    }
    let mut digits = bytes.skip_while(|byte| **byte == b' ').map_while(|byte| match byte {
        b'0'..=b'9' => Some(Millis::from(byte - b'0')),
        _ => None,
    });
    let first = digits.next()?;
    Some(digits.fold(first, |number, digit| number * 10.0 + digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_documented_meaning() {
        for code in 0..=u16::MAX {
            let expected = match code {
                1002 | 1003 | 1007 | 1008 | 1009 | 1010 | 4400 | 4403 => Meaning::Final,
                3000 | 4401 => Meaning::RefreshToken,
                _ => Meaning::Retry,
            };
            assert_eq!(meaning(code), expected, "{code}");
        }
    }

    #[test]
    fn hints_are_read_in_the_usual_spellings() {
        for reason in ["retry=5000", "retry: 5000", r#"{"retry":5000}"#, "busy, retry = 5000 ms"] {
            assert_eq!(retry_hint(reason), Some(5000.0), "{reason}");
        }
    }

    #[test]
    fn other_reasons_hold_no_hint() {
        for reason in
            ["", "retry", "retry later", "retry in 5 s", "noretry=5", "retry=", "retry=-1"]
        {
            assert_eq!(retry_hint(reason), None, "{reason}");
        }
    }
}
