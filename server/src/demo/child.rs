//! Child processes that never outlive their owner, whichever way the owner ends.
//!
//! Each child is the head of its own process group, so that Ctrl-C in a terminal reaches the owner alone and the owner
//! can stop things in order. A second, tiny process (`sh`) holds the reading end of a pipe that only the owner can write:
//! when the owner is gone, killed or not, the pipe ends and that process kills the group and removes its directory. Both
//! are portable; a death signal set in the child itself would need `unsafe` and would fire when the thread that started it
//! ends.

use std::io;
use std::path::Path;
use std::process::{Child as Process, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// A running child with everything that it starts; killed and reaped on drop.
#[derive(Debug)]
pub struct Child {
    process: Process,
    leash: Option<Process>,
}

impl Child {
    /// Starts the command as the head of a new process group.
    ///
    /// # Errors
    /// When the program, or the shell that watches over it, cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        Self::on_leash(command, None)
    }

    /// The same for a child with a directory of its own, which is removed if the owner is killed. In every other case
    /// the owner removes it.
    ///
    /// # Errors
    /// When the program, or the shell that watches over it, cannot be started.
    pub fn spawn_in(command: &mut Command, directory: &Path) -> io::Result<Self> {
        Self::on_leash(command, Some(directory))
    }

    fn on_leash(command: &mut Command, directory: Option<&Path>) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let process = command.process_group(0).spawn()?;
        let mut child = Self { process, leash: None };
        let leash = Command::new("sh")
            .args(["-c", r#"read -r _; kill -KILL "-$1"; [ -z "$2" ] || rm -rf -- "$2""#, "sh"])
            .arg(child.process.id().to_string())
            .args(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        child.leash = Some(leash);
        Ok(child)
    }

    /// The process id, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The pipes to it, where the command asked for them.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// How it ended; `None` while it runs.
    ///
    /// # Errors
    /// When the operating system does not know it.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.process.try_wait()?;
        if status.is_some() {
            self.slip_leash();
        }
        Ok(status)
    }

    /// Suspends it with everything that it started: sockets stay open, nothing answers.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`Child::pause`].
    ///
    /// # Errors
    /// When it has ended.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks it to end in order.
    ///
    /// # Errors
    /// When it has ended.
    pub fn terminate(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Ends it at once, as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        // The group may be gone already; what counts is that the wait below returns.
        let _ = self.signal(Signal::KILL);
        let _ = self.process.wait();
        self.slip_leash();
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        kill_process_group(Pid::from_child(&self.process), signal).map_err(io::Error::from)
    }

    /// Ends the watching shell before the process id could be given to another process.
    fn slip_leash(&mut self) {
        if let Some(mut leash) = self.leash.take() {
            let _ = leash.kill();
            let _ = leash.wait();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.leash.is_some() || !matches!(self.process.try_wait(), Ok(Some(_))) {
            self.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_child_dies_with_its_leash() {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Child::spawn_in(Command::new("sleep").arg("600"), directory.path()).unwrap();
        assert!(child.ended().unwrap().is_none());
        // What the operating system does when the owner is killed: the pipe's writing end closes.
        drop(child.leash.as_mut().unwrap().stdin.take());
        let status = child.process.wait().unwrap();
        child.leash.as_mut().unwrap().wait().unwrap();
        assert!(!status.success());
        assert!(child.ended().unwrap().is_some());
        assert!(!directory.path().exists());
    }

    #[test]
    fn a_kill_ends_what_the_child_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & wait"]).stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command).unwrap();
        let mut output = child.process().stdout.take().unwrap();
        child.kill();
        // The pipe ends when the last process that could write to it is gone.
        assert_eq!(output.read(&mut [0; 8]).unwrap(), 0);
    }
}
