//! The one place where it is decided whether somebody may do something. Whatever changes anything takes a [`Permit`], which
//! nobody else can make.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use zooscope_protocol::{Refusal, RefusalCode, ZnodePath};

use super::deed::Deed;
use super::freeze::Freeze;
use super::pace::Pace;
use super::pattern;
use super::policy::{Demands, Policy, Rate};
use super::principal::Principal;
use super::sight::Sight;

/// Who decides.
#[derive(Debug)]
pub struct Authority {
    policy: RwLock<Arc<Policy>>,
    /// How often the rules were changed since the start.
    turns: AtomicU64,
    read_only: bool,
    /// The clusters where a mistake is dear.
    production: BTreeSet<String>,
    /// How often one person may act, whatever the rules say.
    actions: Rate,
    freeze: Freeze,
    pace: Pace,
}

/// What somebody gave or has, to be let.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Why.
    pub reason: &'a str,
    /// The ticket.
    pub ticket: Option<&'a str>,
    /// Whether what the plan asks for was typed.
    pub typed: bool,
    /// Whether somebody else approved just this.
    pub approved: bool,
}

/// The right to do something once. It is not `Clone`, and only [`Authority::authorize`] makes one.
///
/// Nobody else can:
///
/// ```compile_fail,E0451
/// use zooscope::auth::Permit;
/// let forged = Permit { cluster: String::new(), paths: Default::default(), deeds: Default::default() };
/// ```
///
/// nor have it twice:
///
/// ```compile_fail,E0382
/// fn use_up(_: zooscope::auth::Permit) {}
/// fn twice(permit: zooscope::auth::Permit) {
///     use_up(permit);
///     use_up(permit);
/// }
/// ```
///
/// ```compile_fail,E0599
/// fn copy(permit: &zooscope::auth::Permit) -> zooscope::auth::Permit {
///     permit.clone()
/// }
/// ```
///
/// nor out of nothing:
///
/// ```compile_fail,E0277
/// fn nothing<T: Default>() -> T { T::default() }
/// let forged: zooscope::auth::Permit = nothing();
/// ```
///
/// What is right compiles, so that the four above fail for what they show:
///
/// ```
/// use zooscope::auth::Permit;
/// fn use_up(_: Permit) {}
/// fn once(permit: Permit) {
///     use_up(permit);
/// }
/// ```
#[derive(Debug)]
#[must_use = "a permit that is not used permits nothing"]
pub struct Permit {
    cluster: String,
    paths: BTreeSet<ZnodePath>,
    deeds: BTreeSet<Deed>,
}

impl Permit {
    /// The right to a part of it, once: one of the transactions of a bulk, which was let as a whole. `None` where it is not for these
    /// paths.
    pub fn part(&self, cluster: &str, paths: &BTreeSet<ZnodePath>) -> Option<Self> {
        self.covers(cluster, paths).then(|| Self {
            cluster: self.cluster.clone(),
            paths: paths.clone(),
            deeds: self.deeds.clone(),
        })
    }

    /// Whether it is for these paths of this cluster.
    pub fn covers(&self, cluster: &str, paths: &BTreeSet<ZnodePath>) -> bool {
        self.cluster == cluster
            && paths.is_subset(&self.paths)
            && !self.deeds.is_empty()
            && self.deeds.iter().all(|deed| deed.writes())
    }
}

impl Authority {
    /// The authority under these rules.
    pub fn new(
        policy: Policy,
        read_only: bool,
        production: BTreeSet<String>,
        actions: Rate,
        freeze: Freeze,
    ) -> Self {
        Self {
            policy: RwLock::new(Arc::new(policy)),
            turns: AtomicU64::new(0),
            read_only,
            production,
            actions,
            freeze,
            pace: Pace::default(),
        }
    }

    /// The rules in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes other rules. What anybody looks at is looked at under them within a second. What was counted stays counted.
    pub fn take(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the rules were changed since the start.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// What somebody sees of a cluster.
    pub fn sight(&self, who: &Principal, cluster: &str) -> Sight {
        Sight::new(self.policy(), cluster, who.role)
    }

    /// The switch that stops all actions.
    pub fn freeze(&self) -> &Freeze {
        &self.freeze
    }

    /// Whether somebody may do all of this at all of these paths, and what is demanded of them. Nothing is counted. Errors: why
    /// not.
    pub fn allowed(
        &self,
        who: &Principal,
        deeds: &BTreeSet<Deed>,
        paths: &BTreeSet<ZnodePath>,
        cluster: &str,
    ) -> Result<Demands, Refusal> {
        let policy = self.policy();
        let mut demands = Demands::default();
        for deed in deeds {
            self.switched_on(*deed)?;
            if *deed == Deed::Approve && who.may_approve() {
                // The flag is beside the table of roles; a rule that denies is above it.
                let denial = |path: &ZnodePath| policy.denial(who.role, *deed, cluster, path);
                paths.iter().find_map(denial).map_or(Ok(()), |why| Err(forbidden(why)))?;
                continue;
            }
            if paths.is_empty() {
                if who.role < deed.least() {
                    return Err(forbidden(format!(
                        "`{}` takes the role {}, and yours is {}",
                        deed.name(),
                        deed.least(),
                        who.role
                    )));
                }
                continue;
            }
            for path in paths {
                if deed.writes() && !policy.shows(who.role, cluster, path) {
                    return Err(forbidden(format!(
                        "the role {} sees nothing at one of the paths that this touches",
                        who.role
                    )));
                }
                let verdict = policy.verdict(who.role, *deed, cluster, path);
                demands.and(&verdict.map_err(forbidden)?);
            }
            if deed.writes() {
                demands.rates.insert(self.actions.clone());
                if self.production.contains(cluster) {
                    demands.reason = true;
                    demands.typed = true;
                }
            }
        }
        Ok(demands)
    }

    /// Whether somebody may do all of this anywhere in a cluster: whoever may not is told nothing more. Errors: why not.
    pub fn allowed_somewhere(
        &self,
        who: &Principal,
        deeds: &BTreeSet<Deed>,
        cluster: &str,
    ) -> Result<(), Refusal> {
        let policy = self.policy();
        let by_rule = deeds.iter().all(|deed| policy.allows_somewhere(who.role, *deed, cluster));
        if by_rule {
            return deeds.iter().try_for_each(|deed| self.switched_on(*deed));
        }
        self.allowed(who, deeds, &BTreeSet::new(), cluster).map(drop)
    }

    /// Lets somebody do all of this once, or says why not.
    pub fn authorize(
        &self,
        who: &Principal,
        deeds: &BTreeSet<Deed>,
        paths: &BTreeSet<ZnodePath>,
        cluster: &str,
        evidence: &Evidence<'_>,
    ) -> Result<Permit, Refusal> {
        let demands = self.allowed(who, deeds, paths, cluster)?;
        if demands.reason && evidence.reason.trim().is_empty() {
            return Err(Refusal::new(
                RefusalCode::NoReason,
                "`reason` says why; here nothing is done without",
            ));
        }
        for ticket in &demands.tickets {
            if !evidence.ticket.is_some_and(|given| pattern::name(ticket, given.trim())) {
                let detail = format!("`ticket` names the ticket that this is about, of the form {ticket}");
                return Err(Refusal::new(RefusalCode::NoTicket, detail));
            }
        }
        if demands.typed && !evidence.typed {
            let detail = "what confirms it must be typed here; nothing was done";
            return Err(Refusal::new(RefusalCode::NotConfirmed, detail));
        }
        if let Some(within) = demands.step_up
            && !who.proved_within(within)
        {
            let detail = format!(
                "who does this here has proved who they are within the last {} s; give your password again \
                 (POST /api/v1/session/step-up) or sign in again",
                within.as_secs()
            );
            return Err(Refusal::new(RefusalCode::StepUp, detail));
        }
        if demands.approvals > 0 && !evidence.approved {
            let detail = "this waits for the approval of another person";
            return Err(Refusal::new(RefusalCode::NeedsApproval, detail));
        }
        self.pace.spend(&who.subject, &demands.rates)?;
        Ok(Permit { cluster: cluster.to_owned(), paths: paths.clone(), deeds: deeds.clone() })
    }

    /// Whether anything of this kind is done at all now.
    fn switched_on(&self, deed: Deed) -> Result<(), Refusal> {
        if self.read_only && (deed.writes() || deed == Deed::DeclareRecipe) {
            let detail = "this console was started with --read-only; nothing can be changed with it";
            return Err(Refusal::new(RefusalCode::ReadOnly, detail));
        }
        if (deed.writes() || deed == Deed::DeclareRecipe)
            && let Some(frozen) = self.freeze.frozen()
        {
            let detail = format!(
                "{} froze all actions at {} ({}); an administrator lets them go on",
                frozen.by, frozen.at, frozen.reason
            );
            return Err(Refusal::new(RefusalCode::Frozen, detail));
        }
        Ok(())
    }
}

fn forbidden(detail: String) -> Refusal {
    Refusal::new(RefusalCode::Forbidden, detail)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use zooscope_protocol::Role;

    use super::*;

    fn authority(toml: &str, read_only: bool) -> (tempfile::TempDir, Authority) {
        let folder = tempfile::tempdir().unwrap();
        let actions = Rate { times: 10, within: Duration::from_secs(60), rule: "limits".into() };
        let freeze = Freeze::open(folder.path()).unwrap();
        let policy = crate::config::policy::tests::policy(toml);
        let production = BTreeSet::from(["prod".to_owned()]);
        (folder, Authority::new(policy, read_only, production, actions, freeze))
    }

    fn who(role: Role) -> Principal {
        let mut who = Principal::loopback(IpAddr::V4(Ipv4Addr::LOCALHOST), role);
        who.proved = Some(Instant::now());
        who
    }

    fn paths(paths: &[&str]) -> BTreeSet<ZnodePath> {
        paths.iter().map(|path| ZnodePath::parse(path).unwrap()).collect()
    }

    fn code(
        authority: &Authority,
        role: Role,
        deed: Deed,
        at: &[&str],
        evidence: &Evidence<'_>,
    ) -> Option<RefusalCode> {
        let deeds = BTreeSet::from([deed]);
        authority.authorize(&who(role), &deeds, &paths(at), "c", evidence).err().map(|refusal| refusal.code)
    }

    const GIVEN: Evidence<'static> = Evidence { reason: "why", ticket: None, typed: true, approved: false };

    /// Every deed by every role under six policies, each against what is written down of the table of roles and of the policy.
    #[test]
    fn every_deed_by_every_role_under_every_policy() {
        type May = fn(Role, Deed) -> bool;
        let policies: [(&str, May); 6] = [
            ("", |role, deed| role >= deed.least()),
            ("[[policy]]\npath = '/**'\ndeny = { admin = ['*'] }", |_, _| false),
            ("[[policy]]\npath = '/x/**'\ndeny = { viewer = ['*'] }", |role, deed| {
                role > Role::Viewer && role >= deed.least()
            }),
            ("[[policy]]\npath = '/x/**'\nallow = { operator = ['*'] }", |role, deed| {
                if deed.writes() { role >= Role::Operator } else { role >= deed.least() }
            }),
            ("[[policy]]\npath = '/x/**'\nallow = { admin = ['release'] }", |role, deed| {
                if deed.writes() {
                    role == Role::Admin && deed == Deed::Release
                } else {
                    role >= deed.least()
                }
            }),
            ("[[policy]]\npath = '/elsewhere/**'\ndeny = { admin = ['*'] }", |role, deed| {
                role >= deed.least()
            }),
        ];
        let mut cells = 0;
        for (toml, expected) in policies {
            for deed in Deed::all() {
                for role in [Role::Viewer, Role::Operator, Role::Admin] {
                    for at in ["/x/y", "/x/y/z"] {
                        let (_folder, authority) = authority(toml, false);
                        let refused = code(&authority, role, deed, &[at], &GIVEN);
                        let right = if expected(role, deed) {
                            refused.is_none()
                        } else {
                            refused == Some(RefusalCode::Forbidden)
                        };
                        assert!(right, "{} by {role} at {at} under {toml:?}: {refused:?}", deed.name());
                        cells += 1;
                    }
                }
            }
        }
        assert_eq!(cells, 6 * Deed::all().count() * 3 * 2);
    }

    #[test]
    fn every_path_is_looked_at() {
        let (_folder, authority) =
            authority("[[policy]]\npath = '/b/**'\ndeny = { admin = ['release'] }", false);
        assert_eq!(code(&authority, Role::Admin, Deed::Release, &["/a"], &GIVEN), None);
        let refused = code(&authority, Role::Admin, Deed::Release, &["/a", "/b/c"], &GIVEN);
        assert_eq!(refused, Some(RefusalCode::Forbidden));
    }

    #[test]
    fn nothing_is_done_where_one_sees_nothing() {
        let (_folder, authority) =
            authority("[[policy]]\npath = '/hidden/**'\ndeny = { operator = ['view'] }", false);
        for deed in Deed::all().filter(|deed| deed.writes()) {
            let refused = code(&authority, Role::Operator, deed, &["/open/x", "/hidden/x"], &GIVEN);
            assert_eq!(refused, Some(RefusalCode::Forbidden), "{}", deed.name());
        }
        assert_eq!(code(&authority, Role::Operator, Deed::Release, &["/open/x"], &GIVEN), None);
        assert_eq!(code(&authority, Role::Admin, Deed::Release, &["/hidden/x"], &GIVEN), None);
    }

    #[test]
    fn what_is_demanded_must_be_given() {
        let toml = "[[policy]]\npath = '/t/**'\nrequire = { ticket = 'INC-*' }\n\
                    [[policy]]\npath = '/s/**'\nrequire = { step_up = '10s' }\n\
                    [[policy]]\npath = '/two/**'\nrequire = { approvals = 1 }\n\
                    [[policy]]\npath = '/y/**'\nrequire = { typed = true, reason = true }\n\
                    [[policy]]\npath = '/slow/**'\nrate = '2/1h/user'";
        let (_folder, authority) = authority(toml, false);
        let ask =
            |at: &str, evidence: &Evidence<'_>| code(&authority, Role::Admin, Deed::Release, &[at], evidence);
        assert_eq!(ask("/t/x", &GIVEN), Some(RefusalCode::NoTicket));
        assert_eq!(ask("/t/x", &Evidence { ticket: Some("CHG-1"), ..GIVEN }), Some(RefusalCode::NoTicket));
        assert_eq!(ask("/t/x", &Evidence { ticket: Some("INC-1"), ..GIVEN }), None);
        assert_eq!(ask("/s/x", &GIVEN), None);
        let mut stale = who(Role::Admin);
        stale.proved = None;
        let deeds = BTreeSet::from([Deed::Release]);
        let refused = authority.authorize(&stale, &deeds, &paths(&["/s/x"]), "c", &GIVEN).unwrap_err();
        assert_eq!(refused.code, RefusalCode::StepUp);
        assert_eq!(ask("/two/x", &GIVEN), Some(RefusalCode::NeedsApproval));
        assert_eq!(ask("/two/x", &Evidence { approved: true, ..GIVEN }), None);
        assert_eq!(ask("/y/x", &Evidence { typed: false, ..GIVEN }), Some(RefusalCode::NotConfirmed));
        assert_eq!(ask("/y/x", &Evidence { reason: "  ", ..GIVEN }), Some(RefusalCode::NoReason));
        assert_eq!([ask("/slow/x", &GIVEN), ask("/slow/x", &GIVEN)], [None, None]);
        assert_eq!(ask("/slow/x", &GIVEN), Some(RefusalCode::TooMany));
    }

    #[test]
    fn production_demands_a_reason_and_what_is_typed_even_of_an_administrator() {
        let (_folder, authority) = authority("", false);
        let deeds = BTreeSet::from([Deed::Delete]);
        let demands = authority.allowed(&who(Role::Admin), &deeds, &paths(&["/a"]), "prod").unwrap();
        assert!(demands.reason && demands.typed);
        let demands = authority.allowed(&who(Role::Admin), &deeds, &paths(&["/a"]), "test").unwrap();
        assert!(!demands.reason && !demands.typed);
    }

    #[test]
    fn nothing_is_done_while_read_only_or_frozen() {
        let (_folder, read_only) = authority("", true);
        let (_other, frozen) = authority("", false);
        frozen.freeze().set(Some("ann".into()), "incident").unwrap();
        for deed in Deed::all().filter(|deed| deed.writes()) {
            assert_eq!(code(&read_only, Role::Admin, deed, &["/a"], &GIVEN), Some(RefusalCode::ReadOnly));
            assert_eq!(code(&frozen, Role::Admin, deed, &["/a"], &GIVEN), Some(RefusalCode::Frozen));
        }
        assert_eq!(code(&frozen, Role::Operator, Deed::Thaw, &[], &GIVEN), Some(RefusalCode::Forbidden));
        assert_eq!(code(&frozen, Role::Admin, Deed::Thaw, &[], &GIVEN), None);
        frozen.freeze().set(None, "").unwrap();
        assert_eq!(code(&frozen, Role::Admin, Deed::Delete, &["/a"], &GIVEN), None);
    }

    #[test]
    fn ten_actions_a_minute_are_enough_for_one_person() {
        let (_folder, authority) = authority("", false);
        for _ in 0..10 {
            assert_eq!(code(&authority, Role::Operator, Deed::Release, &["/a"], &GIVEN), None);
        }
        assert_eq!(
            code(&authority, Role::Operator, Deed::Release, &["/a"], &GIVEN),
            Some(RefusalCode::TooMany)
        );
    }

    #[test]
    fn a_permit_is_for_its_own_paths() {
        let (_folder, authority) = authority("", false);
        let deeds = BTreeSet::from([Deed::Release]);
        let permit =
            authority.authorize(&who(Role::Admin), &deeds, &paths(&["/a", "/b"]), "c", &GIVEN).unwrap();
        assert!(permit.covers("c", &paths(&["/a"])));
        assert!(!permit.covers("c", &paths(&["/a", "/x"])));
        assert!(!permit.covers("d", &paths(&["/a"])));
    }
}
