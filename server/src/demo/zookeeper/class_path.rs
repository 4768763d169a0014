//! Where ZooKeeper's Java libraries are.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

/// Where Debian's packages put Java libraries.
const DEBIAN: &str = "/usr/share/java";

/// A Java class path with a ZooKeeper server on it.
#[derive(Debug, Clone)]
pub(super) struct ClassPath(OsString);

impl ClassPath {
    /// Looks in the given directory; without one, in `ZOOKEEPER_HOME`; without that, among Debian's packages.
    pub(super) fn find(home: Option<&Path>, admin_server: bool) -> Result<Self, Error> {
        let home = match home {
            Some(home) => Some(home.to_owned()),
            None => std::env::var_os("ZOOKEEPER_HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
        };
        match home {
            Some(home) => Self::in_distribution(&home),
            None => Self::in_debian(Path::new(DEBIAN), admin_server),
        }
    }

    pub(super) fn as_os_str(&self) -> &OsStr {
        &self.0
    }

    /// A release as it is unpacked: the libraries in `lib`, in old ones beside it. Its `conf` comes last and only for the
    /// configuration of its logger.
    fn in_distribution(home: &Path) -> Result<Self, Error> {
        let lib = home.join("lib");
        if !holds_zookeeper(&lib) && !holds_zookeeper(home) {
            return Err(Error::NotAHome(home.to_owned()));
        }
        Self::join(&[lib.join("*"), home.join("*"), home.join("conf")])
    }

    /// Debian's zookeeper.jar names the libraries that it needs in its manifest, but for the servlet API and a part of Netty;
    /// and no logger.
    fn in_debian(java: &Path, admin_server: bool) -> Result<Self, Error> {
        let zookeeper = java.join("zookeeper.jar");
        if !zookeeper.is_file() {
            return Err(Error::NoZooKeeper);
        }
        let servlet = java.join("servlet-api.jar");
        if admin_server && !servlet.is_file() {
            return Err(Error::NoServletApi);
        }
        Self::join(&[zookeeper, servlet, java.join("netty-codec.jar"), java.join("slf4j-simple.jar")])
    }

    fn join<const N: usize>(parts: &[PathBuf; N]) -> Result<Self, Error> {
        let text = std::env::join_paths(parts).map_err(|_| {
            // A colon separates the parts, so a directory with one in its name cannot be among them.
            Error::NotAHome(parts[0].clone())
        })?;
        Ok(Self(text))
    }
}

fn holds_zookeeper(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // zookeeper-jute-3.8.0.jar alone is no server.
            name.strip_prefix("zookeeper-")
                .and_then(|rest| rest.strip_suffix(".jar"))
                .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_recognised_in_both_layouts() {
        for place in ["lib", "."] {
            let home = tempfile::tempdir().unwrap();
            fs::create_dir(home.path().join("lib")).unwrap();
            fs::write(home.path().join("lib/zookeeper-jute-3.9.3.jar"), "").unwrap();
            assert!(matches!(ClassPath::in_distribution(home.path()), Err(Error::NotAHome(_))));
            fs::write(home.path().join(place).join("zookeeper-3.9.3.jar"), "").unwrap();
            let found = ClassPath::in_distribution(home.path()).unwrap();
            assert!(found.as_os_str().to_string_lossy().contains("lib/*"));
        }
    }

    #[test]
    fn a_machine_without_zookeeper_is_told_what_to_install() {
        let java = tempfile::tempdir().unwrap();
        let error = ClassPath::in_debian(java.path(), false).unwrap_err();
        assert!(error.to_string().contains("apt install zookeeper"), "{error}");
        fs::write(java.path().join("zookeeper.jar"), "").unwrap();
        let error = ClassPath::in_debian(java.path(), true).unwrap_err();
        assert!(error.to_string().contains("libservlet-api-java"), "{error}");
        assert!(ClassPath::in_debian(java.path(), false).is_ok());
    }
}
