//! What somebody may want to do.

use std::collections::BTreeSet;

use serde_json::Value;
use zooscope_protocol::{Action, Plan, Role, ZnodePath};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Deed {
    /// See that a znode is there, and its locks and queues.
    View,
    /// See what is in a znode.
    SeeData,
    /// Delete the znode of a lock's holder.
    Release,
    /// Ask a holder to let go.
    Revoke,
    /// Release everything that a session holds.
    Evict,
    /// Remove what a known fault of a library left.
    Cure,
    /// Give a queue item a new place.
    Requeue,
    /// Give an item that was taken back to its queue.
    GiveBack,
    /// Set an item aside.
    DeadLetter,
    /// Put what was set aside back.
    Replay,
    /// Delete an item or a znode.
    Delete,
    /// Put a new item into a queue.
    Put,
    /// Make what was deleted again.
    Restore,
    /// Create a znode.
    Create,
    /// Write a znode's data.
    SetData,
    /// Write a znode's ACL.
    SetAcl,
    /// A kind of action that has no row in the table below: an administrator's, until it has one.
    Other,
    /// Keep or forget a declared recipe.
    DeclareRecipe,
    /// Try a recipe that is not declared.
    TryRecipe,
    /// Stop all actions.
    Freeze,
    /// Let actions go on.
    Thaw,
    /// Approve or reject what somebody else asked for.
    Approve,
    /// Read what others did.
    ReadAudit,
}

/// A row of the table of roles.
struct Row {
    deed: Deed,
    name: &'static str,
    least: Role,
    writes: bool,
}

const fn row(deed: Deed, name: &'static str, least: Role, writes: bool) -> Row {
    Row { deed, name, least, writes }
}

/// The table of roles: who may do what where no rule says otherwise, and what writes to ZooKeeper.
const TABLE: [Row; 23] = [
    row(Deed::View, "view", Role::Viewer, false),
    row(Deed::SeeData, "data", Role::Viewer, false),
    row(Deed::Release, "release", Role::Operator, true),
    row(Deed::Revoke, "revoke", Role::Operator, true),
    row(Deed::Evict, "evict", Role::Operator, true),
    row(Deed::Cure, "cure", Role::Operator, true),
    row(Deed::Requeue, "requeue", Role::Operator, true),
    row(Deed::GiveBack, "give_back", Role::Operator, true),
    row(Deed::DeadLetter, "dead_letter", Role::Operator, true),
    row(Deed::Replay, "replay", Role::Operator, true),
    row(Deed::Delete, "delete", Role::Admin, true),
    row(Deed::Put, "put", Role::Admin, true),
    row(Deed::Restore, "restore", Role::Admin, true),
    row(Deed::Create, "create", Role::Admin, true),
    row(Deed::SetData, "set_data", Role::Admin, true),
    row(Deed::SetAcl, "set_acl", Role::Admin, true),
    row(Deed::Other, "other", Role::Admin, true),
    row(Deed::DeclareRecipe, "declare_recipe", Role::Admin, false),
    row(Deed::TryRecipe, "try_recipe", Role::Operator, false),
    row(Deed::Freeze, "freeze", Role::Operator, false),
    row(Deed::Thaw, "thaw", Role::Admin, false),
    row(Deed::Approve, "approve", Role::Admin, false),
    row(Deed::ReadAudit, "read_audit", Role::Admin, false),
];

impl Deed {
    /// All, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.deed)
    }

    /// The deed of this name in the configuration, which for an action is its `type`.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.deed)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().map_or("other", |row| row.name)
    }

    /// The role that may do it where no rule says otherwise.
    pub fn least(self) -> Role {
        self.row().map_or(Role::Admin, |row| row.least)
    }

    /// Whether it writes to ZooKeeper.
    pub fn writes(self) -> bool {
        self.row().is_none_or(|row| row.writes)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.deed == self)
    }

    /// Everything that an action does: several, where it is made of several.
    pub fn of(action: &Action) -> BTreeSet<Self> {
        let mut found = BTreeSet::new();
        // What an action is made of stands in its JSON, so a kind that is added later cannot be forgotten here.
        let value = serde_json::to_value(action).unwrap_or_default();
        collect(&value, &mut |key, text| {
            if key == "type" && text != BATCH {
                found.insert(Self::named(text).filter(|deed| deed.writes()).unwrap_or(Self::Other));
            }
        });
        if found.contains(&Self::Evict) {
            // Whoever may not release a lock may not release it among others either.
            found.insert(Self::Release);
        }
        if found.is_empty() {
            found.insert(Self::Other);
        }
        found
    }
}

/// The `type` of an action that is made of others.
const BATCH: &str = "batch";

/// Every path that an action names, and its parent.
pub fn named(action: &Action) -> BTreeSet<ZnodePath> {
    paths([serde_json::to_value(action)])
}

/// Every path that a plan names, and its parent: wherever it reads, checks, writes or deletes.
pub fn touched(plan: &Plan) -> BTreeSet<ZnodePath> {
    let mut paths = paths([serde_json::to_value(&plan.steps), serde_json::to_value(&plan.action)]);
    paths.insert(plan.subject.clone());
    paths
}

/// Every path in these, whatever key it stands under but `data`, and its parent.
fn paths(values: impl IntoIterator<Item = serde_json::Result<Value>>) -> BTreeSet<ZnodePath> {
    let mut paths = BTreeSet::new();
    for value in values {
        collect(&value.unwrap_or_default(), &mut |key, text| {
            if key != "data"
                && let Ok(path) = ZnodePath::parse(text)
            {
                paths.insert(path);
            }
        });
    }
    let parents: Vec<_> = paths
        .iter()
        // The parent of a directory that is named for the sake of what is in it is not touched.
        .filter(|path| !paths.iter().any(|other| other != *path && other.is_within(path)))
        .filter_map(ZnodePath::parent)
        .collect();
    paths.extend(parents);
    paths
}

/// Calls back with every text of a JSON value and the key that it stands under.
fn collect(value: &Value, found: &mut impl FnMut(&str, &str)) {
    fn walk(key: &str, value: &Value, found: &mut impl FnMut(&str, &str)) {
        match value {
            Value::String(text) => found(key, text),
            Value::Array(items) => items.iter().for_each(|item| walk(key, item, found)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(key, value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    walk("", value, found);
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::action::Owner;
    use zooscope_protocol::{SessionId, Target, Zxid};

    use super::*;

    #[test]
    fn every_deed_is_in_the_table_once() {
        for deed in Deed::all() {
            assert_eq!(Deed::named(deed.name()), Some(deed));
        }
        let names: BTreeSet<_> = Deed::all().map(Deed::name).collect();
        assert_eq!(names.len(), TABLE.len());
        assert!(Deed::all().filter(|deed| deed.writes()).all(|deed| deed.least() > Role::Viewer));
    }

    #[test]
    fn an_action_does_what_its_type_says() {
        let target =
            Target { path: ZnodePath::parse("/a/b").unwrap(), czxid: Zxid(1), version: 0, session: None };
        assert_eq!(Deed::of(&Action::Release(target)), BTreeSet::from([Deed::Release]));
        let evict = Action::Evict(Owner { session: SessionId(1) });
        assert_eq!(Deed::of(&evict), BTreeSet::from([Deed::Evict, Deed::Release]));
        let mut found = BTreeSet::new();
        let text = r#"{"type":"batch","actions":[{"type":"delete","path":"/a"},{"type":"put"}]}"#;
        collect(&serde_json::from_str(text).unwrap(), &mut |key, text| {
            found.insert(format!("{key}={text}"));
        });
        let all = ["path=/a", "type=batch", "type=delete", "type=put"].map(str::to_owned);
        assert_eq!(found, BTreeSet::from(all));
    }
}
