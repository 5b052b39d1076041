//! The one way this program checks a server's certificate: the system's authorities, plus a private
//! one where the landlord names it. There is no way to switch the check off.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

/// Why no certificate could be checked.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The private CA file cannot be read or holds no usable PEM certificate.
    #[error(
        "the CA file {} cannot be used ({reason}): check that ca_file names a readable PEM file with a certificate",
        path.display()
    )]
    CaFile {
        /// The file named in the configuration.
        path: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
    /// The system has no certificate authorities and none was named.
    #[error("no certificate authorities were found ({0}): install the package ca-certificates or name a ca_file")]
    NoAuthorities(String),
}

/// Makes ring the provider of whoever builds a TLS configuration without naming one. Done once, at the
/// start; a second time changes nothing.
pub fn use_ring() {
    let _installed_before = ring::default_provider().install_default();
}

/// How to connect by TLS 1.2 or 1.3, trusting the system's authorities and those in `ca_file` (PEM).
///
/// The authorities are read at each call, so that a renewed file is noticed at the next connection.
///
/// # Errors
/// When `ca_file` cannot be used, or when there is no authority at all.
pub fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let private = ca_file.map(read_authorities).transpose()?.unwrap_or_default();
    let refused = |error: rustls::Error| match ca_file {
        Some(path) => TlsError::CaFile { path: path.to_owned(), reason: error.to_string() },
        None => TlsError::NoAuthorities(error.to_string()),
    };
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(private, Arc::clone(&provider)).map_err(refused)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        // Named "dangerous" because any verifier may be put here; this one is the system's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn read_authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unusable = |reason: String| TlsError::CaFile { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() { Err(unusable("no certificate in it".to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::client_config;

    #[test]
    fn a_ca_file_that_is_missing_or_empty_is_named_with_its_remedy() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["missing.pem", "empty.pem", "broken.pem"] {
            let path = dir.path().join(name);
            match name {
                "empty.pem" => std::fs::write(&path, "").unwrap(),
                "broken.pem" => {
                    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
                }
                _ => {}
            }
            let said = client_config(Some(&path)).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains("check that ca_file"), "{said}");
        }
    }
}
