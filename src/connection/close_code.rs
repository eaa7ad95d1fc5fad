//! What a close code means for the next attempt.
//!
//! Codes below 3000 are RFC 6455 section 7.4.1 and the IANA registry's; 3000 is "Unauthorized"
//! there. 4400, 4401 and 4403 follow the HTTP statuses they are named for.

use core::time::Duration;

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
/// `{"retry": 5000}`.
pub fn retry_hint(reason: &str) -> Option<Duration> {
    let (before, after) = reason.split_once("retry")?;
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let after = after.trim_start_matches(['"', '\'']).trim_start();
    let after = after.strip_prefix([':', '='])?.trim_start();
    let end = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    let millis: u32 = after.get(..end)?.parse().ok()?;
    Some(Duration::from_millis(millis.into()))
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
        for reason in [
            "retry=5000",
            "retry: 5000",
            r#"{"retry":5000}"#,
            "busy, retry = 5000 ms",
        ] {
            assert_eq!(retry_hint(reason), Some(Duration::from_secs(5)), "{reason}");
        }
    }

    #[test]
    fn other_reasons_hold_no_hint() {
        for reason in [
            "",
            "retry",
            "retry later",
            "retry in 5 s",
            "noretry=5",
            "retry=",
            "retry=-1",
        ] {
            assert_eq!(retry_hint(reason), None, "{reason}");
        }
        assert_eq!(retry_hint("retry=99999999999999999999"), None);
    }
}
