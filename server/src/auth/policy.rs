//! The rules of the configuration: what is allowed, denied and demanded at which paths.
//!
//! A denial wins over everything. Of the rules that allow, the most specific one (the longest literal part; then one that names
//! the cluster; then the first) takes the place of the table of roles. Of the rules that demand something, the most specific one.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use zooscope_protocol::{Role, ZnodePath};

use super::deed::Deed;
use super::pattern::{self, Pattern};

/// All rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The rules, in the order of the configuration.
    pub rules: Vec<Rule>,
    /// What no viewer sees as data.
    pub masks: Vec<Mask>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The clusters, by a pattern of their names.
    pub cluster: String,
    /// The paths.
    pub path: Pattern,
    /// What each role may do there, if it says so: with it nothing else is allowed there but looking.
    pub allow: Option<Vec<(Role, Deeds)>>,
    /// What each role, and each below it, may not do there.
    pub deny: Vec<(Role, Deeds)>,
    /// What is demanded there.
    pub require: Option<Demands>,
    /// What the demands are about: all that writes, unless it says so.
    pub about: Deeds,
}

/// A set of deeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deeds {
    /// All.
    Any,
    /// These.
    These(BTreeSet<Deed>),
}

/// What a person must give or have to be let.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// A reason.
    pub reason: bool,
    /// A ticket that matches each of these patterns.
    pub tickets: BTreeSet<String>,
    /// How many others must approve: none or one.
    pub approvals: u8,
    /// What the plan asks to be typed.
    pub typed: bool,
    /// How long ago the person may have proved who they are, at most.
    pub step_up: Option<Duration>,
    /// How often it may be done.
    pub rates: BTreeSet<Rate>,
}

/// So many times in so much time by one person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rate {
    /// How often.
    pub times: u32,
    /// In how much time.
    pub within: Duration,
    /// The rule that says so.
    pub rule: String,
}

/// Paths whose data is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The clusters, by a pattern of their names.
    pub cluster: String,
    /// The paths.
    pub path: Pattern,
    /// The role that sees it nevertheless.
    pub unless: Role,
}

impl Deeds {
    /// Whether it is one of these.
    pub fn contains(&self, deed: Deed) -> bool {
        match self {
            Self::Any => true,
            Self::These(deeds) => deeds.contains(&deed),
        }
    }
}

impl Demands {
    /// Both.
    pub fn and(&mut self, other: &Self) {
        self.reason |= other.reason;
        self.tickets.extend(other.tickets.iter().cloned());
        self.approvals = self.approvals.max(other.approvals);
        self.typed |= other.typed;
        self.step_up = match (self.step_up, other.step_up) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.rates.extend(other.rates.iter().cloned());
    }
}

impl Rule {
    fn covers(&self, cluster: &str, path: &ZnodePath) -> bool {
        pattern::name(&self.cluster, cluster) && self.path.matches(path)
    }

    fn specific(&self) -> (usize, bool) {
        (self.path.literal(), !self.cluster.contains('*'))
    }

    fn denies(&self, role: Role, deed: Deed) -> bool {
        self.deny.iter().any(|(denied, deeds)| role <= *denied && deeds.contains(deed))
    }

    fn allows(&self, role: Role, deed: Deed) -> Option<bool> {
        let allow = self.allow.as_ref()?;
        Some(allow.iter().any(|(allowed, deeds)| role >= *allowed && deeds.contains(deed)))
    }
}

impl Policy {
    /// Whether a role may do this at this path. Errors: the rule or the table that says no, for people.
    pub fn verdict(
        &self,
        role: Role,
        deed: Deed,
        cluster: &str,
        path: &ZnodePath,
    ) -> Result<Demands, String> {
        let mut rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.covers(cluster, path)).collect();
        if let Some(why) = self.denial(role, deed, cluster, path) {
            return Err(why);
        }
        // The sort keeps the order of those that are equal.
        rules.sort_by_key(|rule| Reverse(rule.specific()));
        let by_rule = rules
            .iter()
            .filter(|_| deed.writes())
            .find_map(|rule| rule.allows(role, deed).map(|allowed| (rule, allowed)));
        match by_rule {
            Some((rule, false)) => {
                return Err(format!(
                    "the rule for `{}` does not allow `{}` to the role {role}",
                    rule.path,
                    deed.name()
                ));
            }
            None if role < deed.least() => {
                return Err(format!(
                    "`{}` takes the role {}, and yours is {role}",
                    deed.name(),
                    deed.least()
                ));
            }
            Some((_, true)) | None => {}
        }
        let about = |rule: &&&Rule| deed.writes() && rule.about.contains(deed);
        let demanding = rules.iter().filter(about).find_map(|rule| rule.require.as_ref());
        Ok(demanding.cloned().unwrap_or_default())
    }

    /// The rule that denies this to a role at this path, in a sentence.
    pub fn denial(&self, role: Role, deed: Deed, cluster: &str, path: &ZnodePath) -> Option<String> {
        let rule = self.rules.iter().find(|rule| rule.covers(cluster, path) && rule.denies(role, deed))?;
        Some(format!("the rule for `{}` denies `{}` to the role {role}", rule.path, deed.name()))
    }

    /// Whether a rule allows this to a role at some path of a cluster.
    pub fn allows_somewhere(&self, role: Role, deed: Deed, cluster: &str) -> bool {
        let allows = |rule: &Rule| rule.allows(role, deed) == Some(true);
        self.rules.iter().any(|rule| pattern::name(&rule.cluster, cluster) && allows(rule))
    }

    /// Whether a role may see that this znode is there.
    pub fn shows(&self, role: Role, cluster: &str, path: &ZnodePath) -> bool {
        !self.rules.iter().any(|rule| rule.denies(role, Deed::View) && rule.covers(cluster, path))
    }

    /// Whether a role may see what is in this znode.
    pub fn shows_data(&self, role: Role, cluster: &str, path: &ZnodePath) -> bool {
        let masks = |mask: &Mask| {
            role < mask.unless && pattern::name(&mask.cluster, cluster) && mask.path.matches(path)
        };
        self.shows(role, cluster, path)
            && !self.masks.iter().any(masks)
            && !self.rules.iter().any(|rule| rule.denies(role, Deed::SeeData) && rule.covers(cluster, path))
    }

    /// Whether everything is shown to this role, so that nothing needs to be looked at twice.
    pub fn shows_all(&self, role: Role) -> bool {
        let hides = |rule: &Rule| rule.denies(role, Deed::View) || rule.denies(role, Deed::SeeData);
        !self.rules.iter().any(hides) && !self.masks.iter().any(|mask| role < mask.unless)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(toml: &str) -> Policy {
        crate::config::policy::tests::policy(toml)
    }

    fn may(policy: &Policy, role: Role, deed: Deed, path: &str) -> bool {
        policy.verdict(role, deed, "c", &ZnodePath::parse(path).unwrap()).is_ok()
    }

    #[test]
    fn without_rules_the_table_of_roles_says() {
        let none = Policy::default();
        for deed in Deed::all() {
            for role in Role::ALL {
                assert_eq!(may(&none, role, deed, "/a"), role >= deed.least(), "{role} {}", deed.name());
            }
        }
    }

    #[test]
    fn a_denial_wins_then_the_most_specific_rule() {
        let policy = policy(
            "[[policy]]\npath = '/locks/**'\nallow = { operator = ['release'] }\n\
             [[policy]]\npath = '/locks/pay/**'\nallow = { admin = ['release'] }\n\
             [[policy]]\npath = '/locks/scratch/**'\nallow = { operator = ['*'] }\n\
             [[policy]]\npath = '/locks/*/frozen'\ndeny = { admin = ['*'] }\n\
             [[policy]]\npath = '/q/**'\ndeny = { operator = ['delete', 'requeue'], viewer = ['view'] }\n\
             [[policy]]\ncluster = 'other'\npath = '/only/**'\ndeny = { admin = ['*'] }",
        );
        use Role::{Admin, Operator, Viewer};
        for (role, deed, path, allowed) in [
            (Operator, Deed::Release, "/locks/a", true),
            (Viewer, Deed::Release, "/locks/a", false),
            (Operator, Deed::Revoke, "/locks/a", false),
            (Operator, Deed::Release, "/locks/pay/x", false),
            (Admin, Deed::Release, "/locks/pay/x", true),
            (Admin, Deed::Delete, "/locks/pay/x", false),
            (Operator, Deed::Delete, "/locks/scratch/x", true),
            (Admin, Deed::Release, "/locks/scratch/frozen", false),
            (Admin, Deed::View, "/locks/scratch/frozen", false),
            (Operator, Deed::Requeue, "/q/1", false),
            (Admin, Deed::Requeue, "/q/1", true),
            (Operator, Deed::DeadLetter, "/q/1", true),
            (Viewer, Deed::View, "/q/1", false),
            (Operator, Deed::View, "/q/1", true),
            (Admin, Deed::Delete, "/only/x", true),
            (Viewer, Deed::View, "/locks/a", true),
        ] {
            assert_eq!(may(&policy, role, deed, path), allowed, "{role} {} {path}", deed.name());
        }
    }

    #[test]
    fn of_rules_for_the_same_paths_one_that_names_the_cluster_counts_and_then_the_first() {
        let policy = policy(
            "[[policy]]\npath = '/a/**'\nallow = { operator = ['release'] }\n\
             [[policy]]\npath = '/a/**'\nallow = { admin = ['*'] }\n\
             [[policy]]\ncluster = 'c'\npath = '/a/**'\nallow = { admin = ['requeue'] }",
        );
        let path = ZnodePath::parse("/a/b").unwrap();
        let least = |cluster: &str| {
            Role::ALL
                .into_iter()
                .filter(|role| policy.verdict(*role, Deed::Release, cluster, &path).is_ok())
                .min()
        };
        assert_eq!(least("c"), None, "the last, which is about this cluster alone");
        assert_eq!(least("d"), Some(Role::Operator), "the first of those that are about all");
    }

    #[test]
    fn demands_are_those_of_the_most_specific_rule_that_is_about_the_deed() {
        let policy = policy(
            "[[policy]]\npath = '/a/**'\nrequire = { ticket = 'INC-*' }\n\
             [[policy]]\npath = '/a/b/**'\nactions = ['delete']\nrequire = { reason = true }",
        );
        let at = |deed, path: &str| {
            policy.verdict(Role::Admin, deed, "c", &ZnodePath::parse(path).unwrap()).unwrap()
        };
        assert!(at(Deed::Release, "/a/b/c").tickets.contains("INC-*"));
        assert_eq!(at(Deed::Delete, "/a/b/c"), Demands { reason: true, ..Demands::default() });
        assert_eq!(at(Deed::Release, "/b"), Demands::default());
        assert_eq!(at(Deed::View, "/a/b"), Demands::default());
    }
}
