//! The rules of `[[policy]]` and `[[mask]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use zooscope_protocol::access::{Mode, Role};

use super::Error;
use crate::auth::deed::Deed;
use crate::auth::pattern::Pattern;
use crate::auth::policy::{Deeds, Demands, Mask, Policy, Rate, Rule};

/// A `[[policy]]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default = "any")]
    cluster: String,
    path: String,
    #[serde(default)]
    actions: Option<Vec<String>>,
    #[serde(default)]
    allow: Option<BTreeMap<Role, Vec<String>>>,
    #[serde(default)]
    deny: BTreeMap<Role, Vec<String>>,
    #[serde(default)]
    require: Option<Require>,
    #[serde(default)]
    rate: Option<String>,
}

/// Its `require`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Require {
    reason: bool,
    ticket: Option<String>,
    approvals: u8,
    typed: bool,
    step_up: Option<String>,
}

/// A `[[mask]]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskTable {
    #[serde(default = "any")]
    cluster: String,
    path: String,
    #[serde(default = "admin")]
    unless: Role,
}

fn any() -> String {
    "*".to_owned()
}

fn admin() -> Role {
    Role::Admin
}

/// Checks the rules.
pub(super) fn policy(tables: Vec<Table>, masks: Vec<MaskTable>) -> Result<Policy, Error> {
    let rules = tables.into_iter().map(rule).collect::<Result<_, _>>()?;
    let mask = |table: MaskTable| {
        let path = Pattern::parse(&table.path).map_err(|why| Error::value("mask.path", why))?;
        Ok(Mask { cluster: table.cluster, path, unless: table.unless })
    };
    Ok(Policy { rules, masks: masks.into_iter().map(mask).collect::<Result<_, Error>>()? })
}

/// Whether what the rules demand can be given in this mode. Errors: the rule that nobody could satisfy.
pub(super) fn fits(policy: &Policy, mode: Mode) -> Result<(), Error> {
    for rule in &policy.rules {
        let Some(require) = &rule.require else { continue };
        let key = format!("policy.require of `{}`", rule.path);
        if require.approvals > 0 && mode == Mode::None {
            return Err(Error::value(
                key,
                "nobody signs in (`auth.mode` is none), so there is no other person to approve",
            ));
        }
        if require.step_up.is_some() && matches!(mode, Mode::None | Mode::Proxy) {
            let why = format!("nobody can prove again who they are where `auth.mode` is {mode}");
            return Err(Error::value(key, why));
        }
    }
    Ok(())
}

fn rule(table: Table) -> Result<Rule, Error> {
    let path = Pattern::parse(&table.path).map_err(|why| Error::value("policy.path", why))?;
    let key = |name: &str| format!("policy.{name} of `{path}`");
    let by_role = |name: &str, table: BTreeMap<Role, Vec<String>>| {
        let deeds = table.into_iter().map(|(role, names)| Ok((role, deeds(&key(name), &names)?)));
        deeds.collect::<Result<Vec<_>, Error>>()
    };
    let allow = table.allow.map(|allow| by_role("allow", allow)).transpose()?;
    for (role, deeds) in allow.iter().flatten() {
        if *role == Role::Viewer {
            return Err(Error::value(key("allow"), "a viewer only looks; name operator or admin"));
        }
        if let Deeds::These(deeds) = deeds
            && let Some(deed) = deeds.iter().find(|deed| !deed.writes())
        {
            let why =
                format!("`{}` needs no rule that allows it; deny it where it shall not be", deed.name());
            return Err(Error::value(key("allow"), why));
        }
    }
    let deny = by_role("deny", table.deny)?;
    let about = match table.actions {
        None => Deeds::Any,
        Some(names) => deeds(&key("actions"), &names)?,
    };
    let mut require = table.require.map(|require| demands(&key("require"), require)).transpose()?;
    if let Some(text) = table.rate {
        let (times, within) = rate(&text).ok_or_else(|| {
            Error::value(key("rate"), format!("`{text}` is no rate; write one as 3/10m/user"))
        })?;
        let rate = Rate { times, within, rule: format!("{}{path}", table.cluster) };
        require.get_or_insert_default().rates.insert(rate);
    }
    if allow.is_none() && deny.is_empty() && require.is_none() {
        return Err(Error::value(
            format!("policy of `{path}`"),
            "it says nothing; write allow, deny, require or rate",
        ));
    }
    Ok(Rule { cluster: table.cluster, path, allow, deny, require, about })
}

fn deeds(key: &str, names: &[String]) -> Result<Deeds, Error> {
    if names.iter().any(|name| name == "*") {
        return Ok(Deeds::Any);
    }
    let deed = |name: &String| {
        Deed::named(name).ok_or_else(|| {
            let known: Vec<_> = Deed::all().map(Deed::name).collect();
            Error::value(key, format!("`{name}` is nothing that is done; write one of {}", known.join(", ")))
        })
    };
    Ok(Deeds::These(names.iter().map(deed).collect::<Result<BTreeSet<_>, _>>()?))
}

fn demands(key: &str, require: Require) -> Result<Demands, Error> {
    if require.approvals > 1 {
        return Err(Error::value(key, "`approvals` is 0 or 1"));
    }
    let step_up = match &require.step_up {
        None => None,
        Some(text) => {
            Some(duration(text).filter(|time| *time >= Duration::from_secs(10)).ok_or_else(|| {
                Error::value(key, format!("`step_up` is a time of at least 10s, as 5m; `{text}` is not"))
            })?)
        }
    };
    if require.ticket.as_ref().is_some_and(|ticket| ticket.is_empty() || ticket.len() > 100) {
        return Err(Error::value(key, "`ticket` is a pattern as INC-*"));
    }
    Ok(Demands {
        reason: require.reason,
        tickets: require.ticket.into_iter().collect(),
        approvals: require.approvals,
        typed: require.typed,
        step_up,
        rates: BTreeSet::new(),
    })
}

/// Reads `3/10m/user`.
fn rate(text: &str) -> Option<(u32, Duration)> {
    let mut parts = text.split('/');
    let times = parts.next()?.parse().ok().filter(|times| (1..=10_000).contains(times))?;
    let within = duration(parts.next()?)?;
    (parts.next() == Some("user") && parts.next().is_none()).then_some((times, within))
}

/// Reads `90s`, `10m` or `2h`, from a second to a day.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (1..=86_400).contains(&seconds).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tables {
        #[serde(default)]
        policy: Vec<Table>,
        #[serde(default)]
        mask: Vec<MaskTable>,
    }

    /// The policy of a text.
    pub(crate) fn policy(toml: &str) -> Policy {
        read(toml).unwrap()
    }

    fn read(toml: &str) -> Result<Policy, String> {
        let tables: Tables = toml::from_str(toml).map_err(|error| error.to_string())?;
        super::policy(tables.policy, tables.mask).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_names_its_key() {
        for (toml, says) in [
            ("[[policy]]\npath = 'a'\ndeny = { viewer = ['view'] }", "policy.path"),
            ("[[policy]]\npath = '/a'", "says nothing"),
            ("[[policy]]\npath = '/a'\ndeny = { viewer = ['look'] }", "policy.deny of `/a`"),
            ("[[policy]]\npath = '/a'\ndeny = { king = ['view'] }", "king"),
            ("[[policy]]\npath = '/a'\nallow = { viewer = ['release'] }", "policy.allow of `/a`"),
            ("[[policy]]\npath = '/a'\nallow = { operator = ['view'] }", "`view` needs no rule"),
            ("[[policy]]\npath = '/a'\nrequire = { approvals = 2 }", "approvals"),
            ("[[policy]]\npath = '/a'\nrequire = { step_up = '5' }", "step_up"),
            ("[[policy]]\npath = '/a'\nrequire = { tikcet = 'x' }", "tikcet"),
            ("[[policy]]\npath = '/a'\nrate = 'often'", "policy.rate"),
            ("[[mask]]\npath = '/a//b'", "mask.path"),
        ] {
            let error = read(toml).expect_err(toml);
            assert!(error.contains(says), "{toml}: {error}");
        }
    }

    #[test]
    fn times_and_rates_are_read() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Some(Duration::from_secs(7_200)));
        for wrong in ["", "m", "0m", "5", "-5m", "25h", "99999999999999999999h", "5µ"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(rate("3/10m/user"), Some((3, Duration::from_secs(600))));
        for wrong in ["3/10m", "0/10m/user", "3/10m/user/x", "/10m/user", "3//user", "3/10m/all"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
