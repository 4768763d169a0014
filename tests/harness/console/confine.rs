//! A console as a careful operator runs one: nobody's, without a capability, on a file system that nobody may write to.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use super::process::binary;
use crate::browser::driver::is_root;

/// The user and the group that own nothing.
pub(super) const NOBODY: u32 = 65_534;

/// Its own view of the file system: all of it read-only but the folder, into which the program is put, since it may lie where nobody
/// else may look.
const CONFINE: &str = r#"
folder=$1; program=$2; shift 2
mount --bind "$folder" "$folder" && touch "$folder/zooscope" && mount --bind "$program" "$folder/zooscope" \
  && mount -o remount,bind,ro / && cd "$folder" || exit 1
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
  "$folder/zooscope" "$@"
"#;

/// The command, or `None` where this process is not root's and so may confine nothing: what it starts is nobody special anyway.
pub(super) fn command(folder: &Path) -> Option<Command> {
    if !is_root() {
        return None;
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).expect("root gives a folder away");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", CONFINE, "sh"]).arg(folder).arg(binary());
    Some(command)
}
