//! Whose code a location names.

use super::catalogue;
use super::pattern::begins;
use super::text::{after, find_in};

/// Whose code something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody's in particular: code without a name, or the engine's own.
    Neutral,
    /// An extension's.
    Extension,
    /// The application's, or that of anybody who is no extension.
    Application,
}

/// What an error is judged against.
///
/// Lists have one entry a line.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The page's URL. In a page of an extension its own files are the application's.
    pub page: &'a str,
    /// Whether the texts of the browsers' extension interfaces count as extensions'. Not for an
    /// application that talks to an extension of its own.
    pub runtime_messages: bool,
    /// The beginnings of locations that are the application's, whatever their scheme.
    pub own_urls: &'a str,
    /// The beginnings of further locations that count as extensions'.
    pub urls: &'a str,
    /// Further messages that count as extensions' where there is no frame. Each is a whole message, or with
    /// a `*` at the end the beginning of one; what a browser writes before messages does not belong to it.
    pub messages: &'a str,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { page: "", runtime_messages: true, own_urls: "", urls: "", messages: "" }
    }
}

impl Context<'_> {
    /// Whose code a location names.
    #[inline(never)]
    pub(super) fn origin(&self, location: &[u8]) -> Origin {
        if is_neutral(location) {
            Origin::Neutral
        } else if self.is_own(location) {
            Origin::Application
        } else if catalogue::is_extension(location) || begins(location, self.urls.as_bytes()) {
            Origin::Extension
        } else {
            Origin::Application
        }
    }

    /// Whether the page is an extension's.
    pub(super) fn is_extension_page(&self) -> bool {
        catalogue::is_extension(self.page.as_bytes())
    }

    /// Whether the location is nothing but the page itself, which is what browsers name when they do
    /// not know better.
    pub(super) fn is_page(&self, location: &[u8]) -> bool {
        matches!(self.page.as_bytes().strip_prefix(location), Some([] | [b'#', ..]))
    }

    fn is_own(&self, location: &[u8]) -> bool {
        begins(location, self.own_urls.as_bytes())
            || self.is_extension_page()
                && matches!(
                    after(location, site(self.page.as_bytes())),
                    Some([] | [b'/' | b':' | b'?' | b'#' | b' ', ..])
                )
    }
}

/// Scheme and host.
fn site(url: &[u8]) -> &[u8] {
    // The third slash, or the end.
    let mut slashes = 0;
    let is_end = |byte: &u8| {
        slashes += u8::from(*byte == b'/');
        slashes == 3
    };
    url.iter().position(is_end).and_then(|end| url.get(..end)).unwrap_or(url)
}

/// Nothing, code without a name, or the engine's own.
#[inline(never)]
pub(super) fn is_neutral(location: &[u8]) -> bool {
    const CODE: &[u8] = b"<anonymous>\n<anonymous code>\nnative\n[native code]\nself-hosted";
    let is_end = |rest: &&[u8]| matches!(rest, [] | [b':' | b' ', ..]);
    is_end(&location) || find_in(CODE, &mut |code| after(location, code).filter(is_end)).is_some()
}

/// Whether a location begins with a scheme. What a colon and a number follow is a file and a line, and a
/// single letter is a drive.
#[inline(never)]
pub(super) fn has_scheme(location: &[u8]) -> bool {
    let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.');
    let end = location.iter().position(is_other).unwrap_or_default();
    let starts = end > 1 && matches!(location, [first, ..] if first.is_ascii_alphabetic());
    match location.get(end..) {
        Some([b':', b'0'..=b'9', ..]) => catalogue::is_extension(location),
        Some([b':', next, ..]) => starts && *next > b' ',
        _ => false,
    }
}

/// Whether the text ends with the number of a line, or of an instruction: `:7`, `:0x21`.
#[inline(never)]
pub(super) fn ends_with_line(text: &[u8]) -> bool {
    let last = text.iter().rposition(|byte| *byte == b':');
    matches!(last.and_then(|at| text.get(at..)), Some([_, b'0'..=b'9', ..]))
}
