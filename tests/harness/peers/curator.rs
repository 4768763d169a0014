//! The Java of Curator's clients, compiled once for all tests.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::presence::{Missing, file, program as find};

/// How to get what may be missing.
pub(super) const CURE: &str = "Debian: `apt install libcurator-recipes-java libjackson2-databind-java \
                               default-jdk-headless`; else ZOOSCOPE_PEERS_CLASSPATH";

/// What runs it.
pub(super) struct Program {
    pub(super) java: PathBuf,
    /// The libraries and the classes.
    pub(super) class_path: OsString,
}

/// The Java that `JAVA_HOME` or `PATH` gives, and the class path with the classes compiled.
pub(super) fn program() -> Result<Program, Missing> {
    let (java, javac) = (tool("java", "ZOOSCOPE_PEERS_JAVA")?, tool("javac", "ZOOSCOPE_PEERS_JAVAC")?);
    let libraries = libraries()?;
    let classes = classes(&javac, &libraries)
        .map_err(|error| Missing::new(format!("Curator's client ({error})"), CURE))?;
    let class_path = std::env::split_paths(&libraries).chain([classes]);
    let class_path = std::env::join_paths(class_path)
        .map_err(|error| Missing::new(error.to_string(), "a path without a colon"))?;
    Ok(Program { java, class_path })
}

/// A command that runs one source file with Curator's libraries.
pub(crate) fn source(name: &str) -> Result<Command, Missing> {
    let mut command = Command::new(tool("java", "ZOOSCOPE_PEERS_JAVA")?);
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=off").arg("-cp").arg(libraries()?).arg(file(name));
    Ok(command)
}

fn tool(name: &str, variable: &str) -> Result<PathBuf, Missing> {
    match std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin").join(name)) {
        Some(tool) if tool.is_file() => Ok(tool),
        _ => find(variable, &[name], CURE),
    }
}

/// The directory of the compiled classes, beside the test's own binary. It is named after what the sources say, so that one
/// is never run that another version left; and moved into its place when it is whole, because tests run at the same time.
fn classes(javac: &Path, libraries: &OsString) -> io::Result<PathBuf> {
    let mut sources = fs::read_dir(file("peers/curator"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "java"));
    sources.sort();
    let mut hasher = DefaultHasher::new();
    (javac, libraries).hash(&mut hasher);
    for source in &sources {
        fs::read(source)?.hash(&mut hasher);
    }
    let test = std::env::current_exe()?;
    let profile = test.parent().and_then(Path::parent).ok_or(io::ErrorKind::NotFound)?;
    let place = profile.join(format!("curator-peer-{:016x}", hasher.finish()));
    if place.is_dir() {
        return Ok(place);
    }
    let building = tempfile::Builder::new().prefix("curator-peer-").tempdir_in(profile)?;
    let output = Command::new(javac)
        .args(["-nowarn", "-d"])
        .arg(building.path())
        .arg("-cp")
        .arg(libraries)
        .args(&sources)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    // Where another test was quicker its classes are as good, and these are removed.
    match fs::rename(building.path(), &place) {
        Err(error) if !place.is_dir() => Err(error),
        _ => Ok(place),
    }
}

fn libraries() -> Result<OsString, Missing> {
    if let Some(path) = std::env::var_os("ZOOSCOPE_PEERS_CLASSPATH").filter(|path| !path.is_empty()) {
        return Ok(path);
    }
    let jars = [
        "curator-recipes",
        "curator-framework",
        "curator-client",
        "zookeeper",
        "guava",
        "jackson-databind",
        "jackson-core",
        "jackson-annotations",
        "slf4j-api",
        "slf4j-simple",
    ];
    let jars = jars.map(|jar| PathBuf::from(format!("/usr/share/java/{jar}.jar")));
    if let Some(absent) = jars.iter().find(|jar| !jar.is_file()) {
        return Err(Missing::new(absent.display().to_string(), CURE));
    }
    std::env::join_paths(jars).map_err(|error| Missing::new(error.to_string(), "a path without a colon"))
}
