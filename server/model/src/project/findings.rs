//! What is wrong as it is shown.

use zooscope_protocol::view::FindingList;

use crate::revision::Revision;

/// What is wrong, the worst first, of one code or of all.
pub fn findings(revision: &Revision, code: Option<&str>, limit: usize) -> FindingList {
    let found = revision.findings();
    let wanted = || found.all().iter().filter(|finding| code.is_none_or(|code| finding.code == code));
    FindingList {
        total: u32::try_from(wanted().count()).unwrap_or(u32::MAX),
        counts: found.counts(),
        rows: wanted().take(limit).cloned().collect(),
    }
}
