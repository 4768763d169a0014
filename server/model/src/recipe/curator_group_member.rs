//! Curator's `GroupMember`, 2.13 to 5.7, and any other group of services.
//!
//! `<group>/<id>` ephemeral, the id and the payload as the program chooses. Nothing else marks it; so a directory is
//! likely a group where every child is ephemeral and without a number, and they are of two sessions at least.
//! Curator's `PersistentNode` has names with a GUID, and its `ServiceDiscovery` tells itself by its JSON: neither is
//! shown, for both are about addresses, not about who has what. A member that is deleted is made again at once.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;
use crate::line::is_token;

pub(super) struct GroupMember;

/// What the JSON of Curator's `ServiceDiscovery` (5.4) has and no other is known to.
const SERVICE_TYPE: &[u8] = b"\"serviceType\"";

impl Recogniser for GroupMember {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.all_are(Family::Ephemeral).then_some(())?;
        let cohort = site.cohort(Family::Ephemeral).filter(|cohort| cohort.of_several_sessions())?;
        let first = site.znode.child(&cohort.first()?.name)?;
        let discovery = first.data().windows(SERVICE_TYPE.len()).any(|window| window == SERVICE_TYPE);
        // Locks of Symfony's in one directory are told each by itself.
        (!discovery && !is_token(first.data())).then_some(())?;
        let fact = LockFact::group(
            site,
            &["curator.GroupMember", "zookeeper-docs.GroupMembership"],
            Family::Ephemeral,
        );
        let fact = fact.likely().because(
            "All its children are ephemeral and without a number, and of several sessions, as the \
                 members of a group.",
        );
        Some(Fact::Lock(fact))
    }
}
