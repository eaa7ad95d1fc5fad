//! What is known of extensions: the schemes of their files, and the texts of their interfaces.

use super::text::{after, find_in};

/// The schemes of what extensions load: of Chrome, Edge, Opera, Brave and Vivaldi, of Firefox, of Safari
/// (since version 16 one that hides the extension), of the old Edge, and as the new one shows its own.
///
/// Those of wrapped applications (`capacitor:`, `tauri:`, `vscode-webview:`), of the browser itself
/// (`chrome:`, `about:`) and of code made on the fly (`blob:`, `data:`) are not among them: anybody's
/// code can be there.
const SCHEMES: &[u8] = b"\
chrome-extension:
moz-extension:
webkit-masked-url:
safari-web-extension:
safari-extension:
ms-browser-extension:
extension:
user-script:";

/// What only the extension interfaces of browsers say, and a page may hear. As whole messages: an
/// application may well say something alike.
pub(super) const MESSAGES: &[u8] = b"\
The message port closed before a response was received.
Could not establish connection. Receiving end does not exist.
A listener indicated an asynchronous response by returning true, but the message channel closed before a response was received
Extension context invalidated.
Attempting to use a disconnected port object
Attempt to postMessage on disconnected port
The page keeping the extension port is moved into back/forward cache, so the message channel is closed.
Promised response from onMessage listener went out of scope
Invalid call to runtime.sendMessage(). Tab not found.";

/// Whether something with this location belongs to an extension.
#[inline(never)]
pub(super) fn is_extension(location: &[u8]) -> bool {
    find_in(SCHEMES, &mut |scheme| after(location, scheme)).is_some()
}
