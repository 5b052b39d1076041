//! Secrets come from files, never from the configuration itself, the environment or the command
//! line. systemd's credentials are looked in first (LoadCredential=).

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use secrecy::SecretString;

use super::Place;
use super::faults::Weight;
use super::reader::Section;

/// The secret in the file that `key` names; absent is `None`. Line ends at the end are not part of it.
pub(super) fn read(section: &mut Section<'_>, key: &'static str, place: &Place) -> Option<SecretString> {
    checked(section, key, place).map(|(_, secret)| secret)
}

/// The file that `key` names, for a secret that is read again whenever it is used; checked all the same.
pub(super) fn file(section: &mut Section<'_>, key: &'static str, place: &Place) -> Option<PathBuf> {
    checked(section, key, place).map(|(file, _)| file)
}

fn checked(section: &mut Section<'_>, key: &'static str, place: &Place) -> Option<(PathBuf, SecretString)> {
    let name = section.text(key)?;
    let file = find(&name, place);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("{} cannot be read ({error})", file.display());
            section.fault(key, what, "create the file, readable by this program alone, or correct the name");
            return None;
        }
    };
    let others_may_read = std::fs::metadata(&file).is_ok_and(|facts| facts.permissions().mode() & 0o004 != 0);
    if others_may_read {
        let what = format!("everybody on this machine can read {}", file.display());
        section.report(key, what, format!("run chmod o= {}", file.display()), Weight::Warning);
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        section.fault(key, format!("{} is empty", file.display()), "write the secret into it");
        return None;
    }
    let secret = SecretString::from(secret);
    Some((file, secret))
}

/// A credential of that name, or else a file beside the configuration.
fn find(name: &str, place: &Place) -> PathBuf {
    let credential = place.credentials.as_deref().map(|folder| folder.join(name));
    credential.filter(|file| file.exists()).unwrap_or_else(|| place.folder.join(name))
}
