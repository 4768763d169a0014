//! Secrets: random ids, their hashes, and texts that are never shown.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A text that is never shown, and overwritten when it is not needed any more.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The longest secret in a file, in bytes.
    const LONGEST: u64 = 64 * 1024;

    /// A secret.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Reads the one line of a file that only its owner can read. Errors: a sentence that says what to do.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let text = private(path)?;
        let text = Zeroizing::new(text);
        let line = text.trim_end_matches(['\n', '\r']);
        if line.is_empty() || line.contains(['\n', '\r']) {
            return Err(format!("`{}` holds one line, the secret", path.display()));
        }
        Ok(Self::new(line.to_owned()))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a text is the secret; how long it takes does not say how much of it was right.
    pub fn is(&self, text: &str) -> bool {
        hash(self.0.as_bytes()).ct_eq(&hash(text.as_bytes())).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Reads a file that only its owner can read. Errors: a sentence that says what to do.
pub fn private(path: &Path) -> Result<String, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("`{shown}` cannot be read: {error}");
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err(format!("`{shown}` can be read by others; chmod 600 {shown}"));
    }
    if about.len() > Secret::LONGEST {
        return Err(format!("`{shown}` is too long"));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// SHA-256.
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// 256 random bits as 64 hexadecimal digits.
///
/// # Panics
/// When the operating system has no random bits to give: then nothing can be kept secret, and no request is answered.
#[expect(clippy::expect_used, reason = "an id that can be guessed is worse than none")]
pub fn id() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bits");
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2".into());
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(secret.is("hunter2") && !secret.is("hunter") && !secret.is(""));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Secret::from_file(&path).unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(Secret::from_file(&path).unwrap().is("s3cret"));
    }

    #[test]
    fn ids_differ() {
        assert_eq!(id().len(), 64);
        assert_ne!(id(), id());
    }
}
