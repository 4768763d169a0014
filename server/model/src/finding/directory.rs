//! What is wrong with a directory, whatever it is for: its numbers, and the length of the list of its children.

use zooscope_protocol::{About, Finding, Severity, ZnodePath};

use crate::recipe::finding;
use crate::tree::Znode;

/// From here on a directory's numbers should be made anew.
const SEQUENCE_WARNING: u32 = 2_000_000_000;
/// The last number. Servers 3.8.0 and 3.9.3 were seen to stick there.
const SEQUENCE_END: u32 = 2_147_483_647;

/// What a stock Java client can take in one answer: `CLIENT_MAX_PACKET_LENGTH_DEFAULT` of `ZKClientConfig`, 3.5 to 3.9.
pub(super) const PACKET_BYTES: usize = 4_096 * 1_024;
/// What an answer to `getChildren2` has beside the names: its header, the length of the list, a stat.
const ENVELOPE_BYTES: usize = 88;
/// A name's length goes before it.
const PREFIX_BYTES: usize = 4;

/// What is wrong with a directory.
pub(crate) fn of(path: &ZnodePath, znode: &Znode) -> Vec<Finding> {
    let ends = sequence_end(path, znode);
    ends.into_iter().chain(list_size(path, znode)).collect()
}

/// About how many bytes the list of a directory's children has: their count is known, the length of their names is that of
/// those at both ends, for members of one family have names of one length.
pub(super) fn list_bytes(znode: &Znode) -> usize {
    const LOOK: usize = 16;
    let names = znode.child_map();
    let (mut seen, mut bytes) = (0, 0);
    for (name, _) in names.iter().take(LOOK).chain(names.iter().rev().take(LOOK)) {
        seen += 1;
        bytes += name.len() + PREFIX_BYTES;
    }
    (names.len() * bytes).checked_div(seen).unwrap_or(0) + ENVELOPE_BYTES
}

/// The number that ZooKeeper gives to the next child comes near its end, or is there.
fn sequence_end(path: &ZnodePath, znode: &Znode) -> Option<Finding> {
    let next = znode.stat().children_created();
    let (severity, sentence) = match next {
        SEQUENCE_END.. => (
            Severity::Critical,
            format!(
                "The numbers of this directory are used up: it sticks at {SEQUENCE_END}, and every creation of a numbered child \
                 fails. Delete and make this directory again while nobody uses it."
            ),
        ),
        SEQUENCE_WARNING.. => (
            Severity::Warn,
            format!(
                "The next child here gets the number {next}; at {SEQUENCE_END} it sticks and every creation of a numbered child \
                 fails. Delete and make this directory again while nobody uses it."
            ),
        ),
        _ => return None,
    };
    Some(finding("sequence_end", severity, sentence, About::Directory(path.clone()), vec![path.clone()]))
}

/// The list of children comes near what clients can take. It is told in steps of a tenth, so that it does not change with
/// every child.
fn list_size(path: &ZnodePath, znode: &Znode) -> Option<Finding> {
    // The shortest name has one byte; a directory with few children needs no look at them.
    if znode.child_count() < 10_000 {
        return None;
    }
    let tenths = list_bytes(znode) * 10 / PACKET_BYTES;
    let (severity, what) = match tenths {
        ..7 => return None,
        7..10 => (Severity::Warn, format!("is at {}0 % of what a stock Java client can take", tenths)),
        _ => (
            Severity::Critical,
            "is longer than a stock Java client can take: its getChildren fails".to_owned(),
        ),
    };
    let sentence = format!(
        "The list of this directory's children {what}, which is 4 MB (jute.maxbuffer). Let consumers catch up, or \
         raise -Djute.maxbuffer at every client."
    );
    Some(finding("list_size", severity, sentence, About::Directory(path.clone()), vec![path.clone()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Record, Tree};
    use zooscope_protocol::Stat;

    fn directory(created: i32, children: usize, length: usize) -> Vec<Finding> {
        let path = ZnodePath::parse("/d").unwrap();
        let mut tree = Tree::default();
        let stat = Stat { cversion: created, num_children: created, ..Stat::default() };
        tree.put(&path, Record { stat, ..Record::default() });
        for child in 0..children {
            tree.put(&path.child(&format!("{child:0length$}")).unwrap(), Record::default());
        }
        of(&path, tree.get(&path).unwrap())
    }

    fn told(found: &[Finding]) -> Vec<(&str, Severity)> {
        found.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect()
    }

    #[test]
    fn numbers_near_their_end_and_at_it_are_told_of_any_directory() {
        assert_eq!(told(&directory(1_999_999_999, 0, 9)), []);
        assert_eq!(told(&directory(2_000_000_001, 0, 9)), [("sequence_end", Severity::Warn)]);
        let ended = directory(i32::MAX, 0, 9);
        assert_eq!(told(&ended), [("sequence_end", Severity::Critical)]);
        assert!(ended[0].sentence.contains("every creation of a numbered child fails"));
    }

    #[test]
    fn a_list_of_children_is_told_before_clients_cannot_take_it() {
        assert_eq!(told(&directory(0, 12_000, 100)), []);
        assert_eq!(told(&directory(0, 12_000, 250)), [("list_size", Severity::Warn)]);
        assert_eq!(told(&directory(0, 12_000, 350)), [("list_size", Severity::Critical)]);
    }
}
