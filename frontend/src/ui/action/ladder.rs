//! The buttons of a lock's ladder, of its cures, and of a session's eviction.

use leptos::prelude::*;
use zooscope_protocol::ladder::{Deed, Rung};
use zooscope_protocol::view::Stand;
use zooscope_protocol::{Member, SessionId, ZnodePath};

use super::{Label, button};
use crate::address::Address;
use crate::review::Reviews;
use crate::text;

const ASK: Label = Label {
    words: text::ASK_HOLDER,
    working: text::ASKING,
    testid: "revoke-button",
    deed: "revoke",
    key: None,
};
const FORCE: Label = Label {
    words: text::RELEASE,
    working: text::RELEASING,
    testid: "rung-release-button",
    deed: "release",
    key: None,
};
const CURE: Label =
    Label { words: text::CURE, working: text::CURING, testid: "cure-button", deed: "cure", key: None };
const EVICT: Label =
    Label { words: text::EVICT, working: text::EVICTING, testid: "evict-button", deed: "evict", key: None };

/// The button of a rung about the holder `member` of the lock at `lock`; none for what the console does not do itself.
pub(crate) fn rung_button(
    lock: &ZnodePath,
    deed: Deed,
    rung: Memo<Option<Rung>>,
    member: Memo<Option<Member>>,
) -> Option<AnyView> {
    let label = match deed {
        Deed::Revoke => ASK,
        Deed::Release => FORCE,
        Deed::Cure => CURE,
        Deed::Stop => return None,
    };
    let (reviews, address) = (expect_context::<Reviews>(), expect_context::<Address>());
    let place = lock.to_string();
    let hindrance = move || {
        rung.with(|rung| match rung {
            None => Some(text::NO_LONGER_HOLDS.to_owned()),
            Some(rung) => (!rung.offered).then(|| text::on_its_own(&rung.why)),
        })
    };
    let working = move || {
        rung.with(|rung| {
            let target = rung.as_ref().and_then(|rung| rung.target.as_ref());
            target.is_some_and(|target| reviews.is_under_way(&address.cluster(), &target.path))
        })
    };
    let lock = lock.clone();
    let press = move || {
        let (Some(here), Some(target)) =
            (address.here(), rung.with_untracked(|rung| rung.as_ref().and_then(|rung| rung.target.clone())))
        else {
            return;
        };
        member.with_untracked(|member| match (deed, member) {
            (Deed::Revoke, Some(member)) => reviews.revoke(&here.cluster, &lock, member),
            (Deed::Release, Some(member)) => reviews.release(&here.cluster, &lock, member),
            (Deed::Cure, member) => reviews.cure(&here.cluster, &lock, &target, member.as_ref()),
            (Deed::Revoke | Deed::Release | Deed::Stop, _) => {}
        });
    };
    Some(button(label, move || Some(place.clone()), hindrance, working, press).into_any())
}

/// The button that releases everything that a session holds. What may not be released, the plan says.
pub(crate) fn evict(session: SessionId, holds: Memo<Vec<Stand>>) -> impl IntoView {
    let (reviews, address) = (expect_context::<Reviews>(), expect_context::<Address>());
    let first = Memo::new(move |_| {
        holds.with(|holds| holds.iter().map(|stand| &stand.lock).min_by_key(|lock| lock.as_str()).cloned())
    });
    let place = move || first.with(|lock| lock.as_ref().map(ToString::to_string));
    let hindrance = move || first.with(Option::is_none).then(|| text::HOLDS_NOTHING_TO_RELEASE.to_owned());
    let working = move || {
        first.with(|lock| lock.as_ref().is_some_and(|lock| reviews.is_under_way(&address.cluster(), lock)))
    };
    button(EVICT, place, hindrance, working, move || {
        if let (Some(here), Some(lock)) = (address.here(), first.get_untracked()) {
            reviews.evict(&here.cluster, &lock, session);
        }
    })
}
