//! A child of a lock's directory that is no contender, and what each library makes of one.

use zooscope_protocol::{About, Finding, Severity};

use crate::census::{Family, Place};
use crate::line::Line;
use crate::recipe::{Site, finding};

/// A child that is no contender.
pub(super) fn foreign_contender(site: &Site<'_>, line: &Line) -> Option<Finding> {
    let families = line.families(site);
    let (count, name) = site.foreign(&families)?;
    let named = name.unwrap_or("one of them");
    let children = if count == 1 { "one child" } else { "children" };
    let about = About::Lock(site.path.clone());
    let rule = Rule::of(&families)?;
    if let Some(first) = rule.first(site, &families) {
        let sentence = format!(
            "{first} is no contender but sorts before all of them, and {} takes the first child for the holder: nobody acquires \
             this lock until that znode is deleted.",
            rule.library()
        );
        let members = site.path.child(first).into_iter().collect();
        return Some(finding("foreign_child", Severity::Critical, sentence, about, members));
    }
    let (severity, what) = rule.otherwise();
    let sentence = format!("This directory has {children} that no contender made, as {named}. {what}");
    let members = name.and_then(|name| site.path.child(name).ok()).into_iter().collect();
    Some(finding("foreign_child", severity, sentence, about, members))
}

/// A child that is no contender, and that keeps the next from acquiring when the holder is gone; or a contender of another
/// library's that stands before it.
pub(crate) fn in_the_way<'a>(site: &Site<'a>, line: &Line) -> Option<&'a str> {
    let families = line.families(site);
    let (_, name) = site.foreign(&families)?;
    let rule = Rule::of(&families)?;
    // Whoever declared a recipe said what counts.
    if rule == Rule::Declared {
        return None;
    }
    if rule == Rule::Go {
        return Some(name.unwrap_or("a child that no contender made"));
    }
    rule.first(site, &families).or_else(|| {
        let holder = first_of(site, &families)?;
        let others = site.others(&families).filter_map(|cohort| cohort.first());
        others.filter(|place| place.sequence <= holder.sequence).map(|place| &*place.name).next()
    })
}

/// What a library does with the children that are not its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Curator sorts all by what follows the last of this text in the name, else by the whole name.
    Curator(&'static [&'static str]),
    /// go-zookeeper fails where a child has no number.
    Go,
    /// ZooKeeper's own lock in Java sorts all by the number after the last `-`, those without one last.
    Apache,
    /// ZooKeeper's own lock in C sorts all by what follows the last `-`, as texts.
    Native,
    /// ZooKeeper's own election in Java fails where a name is not like its own.
    Election,
    /// kazoo's lock passes over them.
    Kazoo,
    /// kazoo's semaphore counts them as leases.
    Lease,
    /// The pattern of a declaration does not match them.
    Declared,
    Unknown,
}

impl Rule {
    fn of(families: &[Family]) -> Option<Self> {
        let rule = |family: &Family| match family {
            Family::CuratorLock => Self::Curator(&["lock-"]),
            Family::CuratorReadWrite => Self::Curator(&["__READ__", "__WRIT__"]),
            Family::CuratorLatch => Self::Curator(&["latch-"]),
            Family::GoLock => Self::Go,
            Family::ApacheLock => Self::Apache,
            Family::NativeLock => Self::Native,
            Family::ApacheCandidate => Self::Election,
            Family::KazooLock => Self::Kazoo,
            Family::KazooLease => Self::Lease,
            family if family.is_declared() => Self::Declared,
            _ => Self::Unknown,
        };
        families.first().map(rule)
    }

    fn library(self) -> &'static str {
        match self {
            Self::Curator(_) => "Curator",
            Self::Apache => "WriteLock",
            Self::Native => "zoo_lock",
            _ => "the library",
        }
    }

    /// The first child in the library's order, if it is no contender.
    fn first<'a>(self, site: &Site<'a>, families: &[Family]) -> Option<&'a str> {
        let holder = first_of(site, families)?;
        let mut others = site.foreign_names(families);
        match self {
            Self::Curator(cuts) => others.find(|name| cut(name, cuts) < cut(&holder.name, cuts)),
            Self::Apache => others.find(|name| {
                let number = name.rsplit_once('-').and_then(|(_, number)| number.parse::<i32>().ok());
                number.is_some_and(|number| number < holder.sequence)
            }),
            Self::Native => others.find(|name| cut(name, &["-"]) < cut(&holder.name, &["-"])),
            _ => None,
        }
    }

    /// What the library does with one that does not sort first.
    fn otherwise(self) -> (Severity, &'static str) {
        match self {
            Self::Curator(_) => {
                (Severity::Info, "It sorts after the contenders, so Curator's locks work on.")
            }
            Self::Apache => (
                Severity::Info,
                "WriteLock sorts every child by the number at its end, and those without one behind the contenders; none is before them.",
            ),
            Self::Native => (
                Severity::Info,
                "zoo_lock sorts every child by what follows the last `-` of its name; none is before the contenders.",
            ),
            Self::Go => (
                Severity::Critical,
                "go-zookeeper reads a number at the end of every child: its Lock() fails where there is none, and leaves its \
                 znode behind. Delete the child.",
            ),
            Self::Election => (
                Severity::Warn,
                "If this is LeaderElectionSupport's, it cuts a number out of every name and fails on this one: delete the child then.",
            ),
            Self::Kazoo => (Severity::Info, "kazoo passes over such children."),
            Self::Lease => (
                Severity::Warn,
                "kazoo counts every child as a lease, so fewer may hold than the limit says. Delete the child.",
            ),
            Self::Declared => (
                Severity::Info,
                "The `members` of the declared recipe does not match its name, or its number is none.",
            ),
            Self::Unknown => (Severity::Info, "What this library does with it is not known."),
        }
    }
}

/// The first of all that are of these families.
fn first_of<'a>(site: &Site<'a>, families: &[Family]) -> Option<&'a Place> {
    families.iter().filter_map(|family| site.cohort(*family)?.first()).min()
}

/// What follows the last of the first of these texts that a name has, else the whole name.
fn cut<'a>(name: &'a str, cuts: &[&str]) -> &'a str {
    cuts.iter().find_map(|cut| name.rsplit_once(cut)).map_or(name, |(_, rest)| rest)
}
