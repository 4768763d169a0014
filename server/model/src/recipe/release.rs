//! What each library makes of it when one of its znodes is deleted from outside. The words stand beside each recogniser; most
//! were seen with the real library, and its file says so.

/// How a holder's znode may be deleted so that it is surely the one that was seen, and what its library makes of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) way: Way,
    /// Whether the holder can be asked to let go, and why not.
    pub(crate) ask: Ask,
    /// What the old holder goes on to believe.
    pub(crate) belief: Belief,
    /// What comes of it when the old holder gives back later what it has no more, as a whole sentence; empty where there is
    /// nothing to give back.
    pub(crate) later: &'static str,
    /// What a waiter does whose own znode is deleted, as a whole sentence; why waiters are left alone.
    pub(crate) waiter: &'static str,
}

/// How the identity of a znode is pinned while it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Its name is never given twice.
    Name,
    /// Its name is unique while its parent lives, so the parent is pinned.
    Parent,
    /// Its name may come again: it is touched, and the stat that comes back compared.
    Touch,
    /// Not at all: what comes of it is not known, or known to do harm.
    Never,
}

/// Whether a holder can be asked to let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// By writing `__REVOKE__` as its data, if it listens.
    Revoke,
    /// No; why not, as a whole sentence.
    Never(&'static str),
}

/// What the old holder goes on to believe, each as whole sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// That it holds.
    Holds(&'static str),
    /// That it holds, and yet what it writes under the lock's guard is refused from then on.
    Fenced(&'static str),
    /// It is not known.
    Unknown(&'static str),
}

impl Release {
    /// Of what is never released: what its holder makes of it is not known, or known to do harm.
    pub(super) const UNKNOWN: Self = Self {
        way: Way::Never,
        ask: Ask::Never("No way is known to ask a holder of this recipe to let go."),
        belief: Belief::Unknown("What the old holder goes on to believe is not known."),
        later: "",
        waiter: "What its program does when its znode goes is not known.",
    };

    /// Of a znode that its owner makes again at once.
    pub(super) const HEALS: Self = Self {
        ask: Ask::Never("It is a member of a group and holds nothing that it could let go."),
        waiter: "Its owner may make it again within a second, as Curator's GroupMember and PersistentNode do, and else takes part no \
                 more without noticing.",
        ..Self::UNKNOWN
    };
}

impl Ask {
    /// Of libraries that have no such word.
    pub(super) const NO_WORD: Self =
        Self::Never("This library has no way to be asked: nothing in it listens for a request to let go.");
}

impl Belief {
    /// For programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Holds(_) => "old_holder_not_told",
            Self::Fenced(_) => "old_holder_fenced",
            Self::Unknown(_) => "old_holder_unknown",
        }
    }

    /// For people.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Holds(sentence) | Self::Fenced(sentence) | Self::Unknown(sentence) => sentence,
        }
    }
}
