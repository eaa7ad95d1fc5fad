//! The decision, and what it is made from.

use super::catalogue::MESSAGES;
use super::header;
use super::location::{Context, Origin};
use super::pattern::is_listed;
use super::stack::frames;

/// What is known of an error that nobody caught.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The event's message, or the error's.
    pub message: &'a str,
    /// The file that the event names; empty for a rejection.
    pub filename: &'a str,
    /// The error's own message, which its stack may repeat.
    pub heading: &'a str,
    /// The error's stack.
    pub stack: &'a str,
    /// The stacks of its causes, one after the other, each on lines of its own.
    pub causes: &'a str,
    /// What was thrown is a `CloseEvent` with code 1000 or 1001 and `wasClean`.
    pub is_normal_close: bool,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Suppressed: a connection ended as it should.
    NormalClose,
    /// Suppressed: of all code that took part, the part with a name is extensions'.
    ExtensionFrames,
    /// Suppressed: the browser names a file of an extension.
    ExtensionFile,
    /// Suppressed: the message is one that only the extension interfaces of browsers have.
    RuntimeMessage,
    /// Suppressed: the message is one of [`Context::messages`].
    ListedMessage,
    /// Kept: code of the application took part.
    ApplicationFrame,
    /// Kept: there are only frames of extensions, or none, and the browser names a file of the application.
    ApplicationFile,
    /// Kept: nothing shows whose it is.
    Unattributed,
}

impl Rule {
    /// Whether the error is nothing for the application to hear of.
    pub fn suppresses(self) -> bool {
        match self {
            Rule::NormalClose
            | Rule::ExtensionFrames
            | Rule::ExtensionFile
            | Rule::RuntimeMessage
            | Rule::ListedMessage => true,
            Rule::ApplicationFrame | Rule::ApplicationFile | Rule::Unattributed => false,
        }
    }
}

/// Decides whose an error is.
pub fn judge(evidence: &Evidence<'_>, context: &Context<'_>) -> Rule {
    let own = strongest(evidence, context);
    // Where a cause was made says nothing about who threw the error, unless the application took part.
    let causes = Evidence { stack: evidence.causes, ..Evidence::default() };
    let file = evidence.filename.as_bytes();
    match (own, context.origin(file)) {
        _ if own.max(strongest(&causes, context)) == Some(Origin::Application) => {
            Rule::ApplicationFrame
        }
        _ if evidence.is_normal_close => Rule::NormalClose,
        (Some(Origin::Extension), Origin::Application) => Rule::ApplicationFile,
        (Some(Origin::Extension), _) => Rule::ExtensionFrames,
        (_, Origin::Extension) => Rule::ExtensionFile,
        (_, Origin::Application) if !context.is_page(file) => Rule::ApplicationFile,
        _ => by_message(header::bare(evidence.message.as_bytes()), context),
    }
}

#[inline(never)]
fn strongest(evidence: &Evidence<'_>, context: &Context<'_>) -> Option<Origin> {
    frames(evidence, context).map(|frame| frame.origin).max()
}

fn by_message(message: &[u8], context: &Context<'_>) -> Rule {
    let listens = context.runtime_messages && !context.is_extension_page();
    if listens && is_listed(message, MESSAGES) {
        Rule::RuntimeMessage
    } else if is_listed(message, context.messages.as_bytes()) {
        Rule::ListedMessage
    } else {
        Rule::Unattributed
    }
}
