//! Which pages may talk to the server. A browser names the page's origin; other programs do not.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::Authority;

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

pub(crate) struct OriginPolicy {
    allowed: Vec<Origin>,
    /// A server that only this machine can reach trusts the pages that this machine serves.
    on_loopback: bool,
}

impl OriginPolicy {
    pub(crate) fn new(allowed: Vec<Origin>, on_loopback: bool) -> Self {
        Self { allowed, on_loopback }
    }

    /// Whether a page of this origin may talk to the host it asked for.
    pub(crate) fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        let Ok(origin) = origin.parse::<Origin>() else { return false };
        self.allowed.contains(&origin)
            || host.is_some_and(|host| origin.is_host(host))
            || (self.on_loopback && origin.is_loopback())
    }
}

impl Origin {
    /// The scheme is not compared: in front of the server may be a proxy that speaks TLS.
    fn is_host(&self, host: &str) -> bool {
        host.parse::<Authority>().is_ok_and(|host| {
            host.host().eq_ignore_ascii_case(&self.host)
                && host.port_u16().or(default_port(&self.scheme)) == self.port
        })
    }

    fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        default_port(&self.scheme).is_some()
            && (self.host == "localhost"
                || address.parse().is_ok_and(|address: IpAddr| address.is_loopback()))
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "an origin is a scheme, a host and a port: https://example.com";
        let uri = text.parse::<Uri>().map_err(|_| EXPECTED)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(EXPECTED);
        };
        if uri.path() != "/" || uri.query().is_some() || text.contains('@') {
            return Err(EXPECTED);
        }
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().or(default_port(scheme)),
        })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allowed: &[&str], on_loopback: bool) -> OriginPolicy {
        OriginPolicy::new(allowed.iter().map(|it| it.parse().unwrap()).collect(), on_loopback)
    }

    #[test]
    fn the_page_that_the_server_itself_serves_is_allowed() {
        let policy = policy(&[], false);
        assert!(policy.allows("http://192.168.1.5:7860", Some("192.168.1.5:7860")));
        assert!(policy.allows("https://example.com", Some("example.com")));
        assert!(policy.allows("https://example.com", Some("EXAMPLE.com:443")));
        assert!(!policy.allows("http://192.168.1.5:8000", Some("192.168.1.5:7860")));
        assert!(!policy.allows("https://example.com.evil.test", Some("example.com")));
        assert!(!policy.allows("https://example.com", None));
    }

    #[test]
    fn loopback_pages_are_allowed_only_by_a_loopback_server() {
        let origins =
            ["http://localhost", "https://localhost:3000", "http://127.1.2.3:5", "http://[::1]:1"];
        for origin in origins {
            assert!(policy(&[], true).allows(origin, Some("127.0.0.1:7860")), "{origin}");
            assert!(!policy(&[], false).allows(origin, Some("10.0.0.1:7860")), "{origin}");
        }
        for origin in ["http://localhost.evil.test", "ftp://localhost", "http://10.0.0.1"] {
            assert!(!policy(&[], true).allows(origin, Some("127.0.0.1:7860")), "{origin}");
        }
    }

    #[test]
    fn other_origins_are_allowed_by_name() {
        let policy = policy(&["https://example.com", "http://intranet:8080"], true);
        assert!(policy.allows("https://example.com:443", Some("127.0.0.1:7860")));
        assert!(policy.allows("http://intranet:8080", Some("127.0.0.1:7860")));
        for origin in
            ["http://example.com", "http://intranet", "null", "", "example.com", "file://"]
        {
            assert!(!policy.allows(origin, Some("127.0.0.1:7860")), "{origin}");
        }
    }

    #[test]
    fn a_malformed_origin_is_refused_at_the_start() {
        for text in ["example.com", "https://", "https://example.com/path", "https://a@b", "null"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
