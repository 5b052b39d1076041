//! Where officers reach the pages. Passwords and sessions never cross a network in clear: the address
//! is https, or it is on this machine.

/// Where officers reach the pages: scheme, host and port, such as `https://complaints.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin(String);

/// The text is not an address under which pages may be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' cannot be the pages' public address: use https://host, or http://127.0.0.1:port and \
     http://localhost:port for a trial on this machine"
)]
pub struct NotAnOrigin(String);

impl std::str::FromStr for PublicOrigin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || NotAnOrigin(text.to_owned());
        let mut origin = text.trim().trim_end_matches('/').to_ascii_lowercase();
        for (scheme, usual_port) in [("https://", ":443"), ("http://", ":80")] {
            // As browsers write it.
            if origin.starts_with(scheme) && origin.ends_with(usual_port) {
                origin.truncate(origin.len() - usual_port.len());
            }
        }
        let (scheme, authority) = origin.split_once("://").ok_or_else(fault)?;
        let host_ends = authority.find(']').map(|at| at + 1).or_else(|| authority.find(':')).unwrap_or(authority.len());
        let host = authority.get(..host_ends).unwrap_or_default();
        let sound = !host.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']);
        let is_number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let loopback = matches!(host, "localhost" | "[::1]") || host.strip_prefix("127.").is_some_and(is_number);
        match scheme {
            "https" if sound => Ok(Self(origin)),
            "http" if sound && loopback => Ok(Self(origin)),
            _ => Err(fault()),
        }
    }
}

impl PublicOrigin {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pages are served over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_never_cross_a_network_in_clear() {
        let sound =
            ["https://complaints.example.org:8443/", "http://127.0.0.1:8080", "http://[::1]:80", "http://localhost"];
        for sound in sound {
            assert!(sound.parse::<PublicOrigin>().is_ok(), "{sound}");
        }
        let clear = ["http://complaints.example.org", "http://127.example.org", "http://0.0.0.0:8080"];
        for wrong in clear.into_iter().chain(["a.example", "https://", "https://a.example/path", "ftp://127.0.0.1"]) {
            assert!(wrong.parse::<PublicOrigin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        let origin: PublicOrigin = "HTTPS://Complaints.example.org:443/".parse().unwrap();
        assert_eq!(origin.as_str(), "https://complaints.example.org");
    }
}
