//! What is in the console's memory stays there: secrets would be in what the system writes of a process that crashed.

/// Keeps the system from writing this process's memory to a disk, and other processes of the same user from reading it. What the
/// system refuses is said in the log, and the console goes on.
pub fn keep() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "other processes of this user may read the console's memory");
    }
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Core, none) {
        tracing::warn!(%error, "a crash may write the console's memory to a disk");
    }
}
