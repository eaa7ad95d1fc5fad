//! The token.

use std::net::SocketAddr;

use axum::extract::Query;
use axum::http::Uri;
use axum::http::header::{AUTHORIZATION, HeaderMap};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::app::{Config, text};

#[derive(Deserialize)]
struct TokenQuery {
    token: String,
}

/// Whether a request may pass: the server asks for no token, or it comes from this machine, or it
/// carries the token.
pub(crate) fn allows(config: &Config, peer: SocketAddr, headers: &HeaderMap, uri: &Uri) -> bool {
    admits(config, is_local(peer, headers), presented(headers, uri).as_deref())
}

/// The same, for who shows its token elsewhere.
pub(crate) fn admits(config: &Config, is_local: bool, presented: Option<&str>) -> bool {
    let Some(token) = &config.token else { return true };
    (is_local && !config.token_on_loopback)
        || presented.is_some_and(|it| it.as_bytes().ct_eq(token.as_bytes()).into())
}

/// Who asks, as far as the request tells: what was answered to one is not shown to another.
pub(crate) fn principal(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    presented(headers, uri).or_else(|| text(headers, AUTHORIZATION).map(str::to_owned))
}

/// What a proxy on this machine passes on is not from this machine.
pub(crate) fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for"];
    peer.ip().to_canonical().is_loopback() && !forwarded.iter().any(|it| headers.contains_key(*it))
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = text(headers, AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Browsers cannot set headers on a WebSocket, hence the query.
fn presented(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    bearer(headers)
        .or_else(|| Query::<TokenQuery>::try_from_uri(uri).ok().map(|Query(query)| query.token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_the_header_or_the_query() {
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("/ws?source=1&token=a%20b");
        assert_eq!(presented(&headers, &uri).as_deref(), Some("a b"));
        assert_eq!(presented(&headers, &Uri::from_static("/ws?source=1")), None);
        headers.insert(AUTHORIZATION, "bearer secret".parse().unwrap());
        assert_eq!(presented(&headers, &uri).as_deref(), Some("secret"));
    }

    #[test]
    fn a_forwarded_request_is_not_local() {
        let peer = "127.0.0.1:1".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert!(is_local(peer, &headers));
        assert!(is_local("[::ffff:127.0.0.1]:1".parse().unwrap(), &headers));
        assert!(!is_local("10.0.0.1:1".parse().unwrap(), &headers));
        headers.insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
        assert!(!is_local(peer, &headers));
    }
}
