//! The words about who is signed in, what they may do, and what waits for another person.

#![expect(missing_docs, reason = "each constant is its own documentation: the words that it shows")]

use zooscope_protocol::access::NotIn;
use zooscope_protocol::api::{ApprovalBody, ApprovalState};
use zooscope_protocol::{AuthMode, Colour, Environment, Role};

// Signing in.
pub const SIGN_IN: &str = "Sign in";
pub const SIGNING_IN: &str = "Signing in…";
pub const USER: &str = "Name";
pub const PASSWORD: &str = "Password";
pub const NEEDS_USER_AND_PASSWORD: &str = "Give a name and a password.";
pub const SIGN_IN_PROVIDER: &str = "Go to the identity provider";
pub const SIGN_IN_PROVIDER_BODY: &str =
    "You sign in where you sign in to everything else, and come back here.";
pub const SIGN_IN_PROXY: &str = "The proxy did not say who you are";
pub const SIGN_IN_PROXY_BODY: &str = "The reverse proxy in front of this console signs people in. Open the console through it, then try again.";
pub const SIGN_IN_NONE: &str = "Nobody signs in here";
pub const SIGN_IN_NONE_BODY: &str = "This console lets in whoever reaches it from its own machine.";
pub const OPEN_CONSOLE: &str = "Open the console";
pub const SIGN_IN_UNREACHABLE: &str = "The console does not answer";

// The person.
pub const PERSON: &str = "Who is signed in";
pub const SIGN_OUT: &str = "Sign out";
pub const PROVE: &str = "Prove who you are again…";
pub const PROVE_TITLE: &str = "Prove who you are";
pub const PROVE_BODY: &str = "Some actions ask that you have given your password a short while ago.";
pub const PROVE_NOW: &str = "Give your password again; then it is done at once.";
pub const PROVE_ELSEWHERE: &str = "Go to the provider";
pub const PROVE_ELSEWHERE_BODY: &str =
    "The identity provider opens beside this page. Prove who you are there, come back and go on.";
pub const PROVE_BUTTON: &str = "Prove it";
pub const GO_ON: &str = "Go on";
pub const PROVED: &str = "Proved who you are";
pub const NEEDS_PASSWORD: &str = "Give your password.";
pub const APPROVER: &str = "approves what others ask for";
pub const FREEZE: &str = "Stop all actions…";
pub const THAW: &str = "Let actions go on…";

// One's sessions.
pub const SIGN_INS: &str = "Your sessions";
pub const SIGN_INS_ITEM: &str = "Your sessions…";
pub const SIGN_INS_BODY: &str =
    "Where you are signed in. What you do not know is ended here, and should make you change your password.";
pub const THIS_BROWSER: &str = "this browser";
pub const NO_AGENT: &str = "a program that does not say what it is";
pub const END_SESSION: &str = "End";
pub const END_OTHERS: &str = "End all others";
pub const SIGN_INS_ENDED: &str = "Ended. What was open there closes within a second.";

// Everything stands still.
pub const FROZEN_TITLE: &str = "All actions are stopped";
pub const FREEZE_TITLE: &str = "Stop all actions";
pub const FREEZE_BODY: &str = "From now on this console changes nothing in any cluster, whoever asks. \
     What is shown stays live. Everybody sees a band with your name and this reason; an administrator lets actions go on.";
pub const FREEZE_BUTTON: &str = "Stop all actions";
pub const THAW_TITLE: &str = "Let actions go on";
pub const THAW_BODY: &str = "From now on everybody can act again, as far as they may.";
pub const THAW_BUTTON: &str = "Let actions go on";
pub const FREEZE_REASON_HINT: &str = "At least three characters: what happened.";

// The review sheet.
pub const NEEDS_TICKET: &str = "Name the ticket first.";
pub const ASK_APPROVAL: &str = "Ask for approval";
pub const NEEDS_ANOTHER: &str = "This takes a second person";
pub const NEEDS_ANOTHER_BODY: &str = "Ask first. An administrator or an approver other than you approves it; then you do it with one more press.";
pub const REQUEST_WAITS_TITLE: &str = "It waits for another person";
pub const REQUEST_WAITS_BODY: &str = "An administrator or an approver other than you decides it. You may close this sheet: \
     it stays on the screen Approvals.";
pub const WAITS_HINDRANCE: &str = "Nobody has approved it yet.";
pub const APPROVED_TITLE: &str = "It is approved";
pub const APPROVED_BODY: &str = "Nothing is done yet: press the button to do it.";
pub const REJECTED_TITLE: &str = "It was rejected";
pub const REJECTED_HINDRANCE: &str = "It was rejected. Another reason makes another request.";
pub const HELD_TITLE: &str = "It was not done";
pub const REQUEST: &str = "Request";
pub const THE_REQUEST: &str = "a link to the request";
pub const ENDS_IN: &str = "ends in";
pub const DEMANDS_PROOF: &str = "It asks that you prove who you are.";

// Approvals.
pub const APPROVALS: &str = "Approvals";
pub const FOR_YOU: &str = "For you to decide";
pub const YOURS: &str = "What you asked for";
pub const DECIDED: &str = "Decided";
pub const NO_APPROVALS_TITLE: &str = "Nothing waits for a second person";
pub const NO_APPROVALS_BODY: &str = "Where a rule of the configuration demands approvals, an action waits here until an administrator \
     or an approver other than who asked decides. A request ends after ten minutes.";
pub const APPROVALS_FAILED: &str = "The requests could not be read";
pub const APPROVE: &str = "Approve";
pub const REJECT: &str = "Reject";
pub const DECISION: &str = "Why, for the audit log and for who asked";
pub const DECISION_HINT: &str = "Needed to reject.";
pub const NEEDS_WHY: &str = "Say why you reject it first.";
pub const REASON_WORD: &str = "Reason";
pub const ASKED_BY: &str = "Asked by";
pub const WITHOUT_CHANGE: &str = "It is as it was when it was asked for.";
pub const WITH_CHANGE: &str = "It is not what was asked for any more, so it cannot be approved. Whoever asked looks again and asks anew.";
pub const THEN: &str = "When it was asked for";
pub const NOT_APPROVER: &str = "Only an administrator or an approver decides this.";
pub const OWN_HINDRANCE: &str = "You asked for this yourself: another person decides it.";
pub const DO_IT: &str = "Review and do it…";
pub const OPEN_REQUEST: &str = "Review…";
pub const GONE_NOW: &str = "It is gone.";

// The environment.
pub const PRODUCTION: &str = "production";

/// Why the identity provider's way led to nobody, and what to do.
pub fn not_in(why: NotIn) -> &'static str {
    match why {
        NotIn::Unreachable => {
            "The identity provider does not answer as it must. Try again; if it stays, the console's log says why."
        }
        NotIn::Busy => "Too many sign in at once. Try again in a moment.",
        NotIn::Foreign => {
            "That answer belongs to nothing that this browser began here a short while ago. Sign in again."
        }
        NotIn::Refused => {
            "The identity provider did not vouch for you. Sign in again; if it stays, the console's log says why."
        }
        NotIn::NoRole => "You are known, but have no role here. Ask who configures this console.",
        NotIn::Ended => "Your session has ended. Sign in again.",
    }
}

/// What a row of one's sessions says.
pub fn sign_in_row(age: &str, unused: &str, left: &str) -> String {
    format!("began {age} ago, last used {unused} ago, ends in {left}")
}

/// What signs somebody in, in a few words.
pub fn signed_in_by(mode: AuthMode) -> &'static str {
    match mode {
        AuthMode::None => "let in without signing in: the console is open to its own machine only",
        AuthMode::Static => "signed in with a password",
        AuthMode::Proxy => "signed in by the proxy, and out there as well",
        AuthMode::Oidc => "signed in by the identity provider",
        AuthMode::Token => "signed in with a token",
    }
}

/// What a role may do.
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Viewer => "looks at everything, acts on nothing",
        Role::Operator => "frees locks and moves items",
        Role::Admin => "may do everything that the rules allow",
    }
}

/// The name of the person's button.
pub fn person(name: &str, role: Role) -> String {
    format!("{name}, {role}")
}

/// Why nothing can be done while all actions are stopped; the sentence is the server's, which says who and why.
pub fn hindrance_frozen(sentence: &str) -> String {
    format!("All actions are stopped. {}.", sentence.trim_end_matches('.'))
}

/// The label of an environment; `None` where it was given none and is not production.
pub fn environment(environment: &Environment) -> Option<String> {
    match &environment.label {
        Some(label) if !label.trim().is_empty() => Some(label.clone()),
        _ => environment.production.then(|| PRODUCTION.to_owned()),
    }
}

/// What the label means.
pub fn environment_hint(environment: &Environment) -> String {
    let label = self::environment(environment).unwrap_or_default();
    if environment.production {
        format!("{label}: a mistake is dear here. A reason and what confirms it are asked of everybody.")
    } else {
        format!("This cluster is {label}.")
    }
}

/// The name of a colour, as style sheets and tests know it.
pub fn colour(colour: Colour) -> &'static str {
    match colour {
        Colour::Grey => "grey",
        Colour::Red => "red",
        Colour::Orange => "orange",
        Colour::Yellow => "yellow",
        Colour::Green => "green",
        Colour::Blue => "blue",
        Colour::Violet => "violet",
    }
}

/// The form that a ticket must have.
pub fn ticket_hint(patterns: &[String]) -> String {
    patterns.join(" and ")
}

/// How many requests wait for just this person.
pub fn waiting_badge(count: usize) -> String {
    format!("{} for you", super::many(count as u64, "request waits", "requests wait"))
}

/// How a request stands.
pub fn approval_state(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "waiting",
        ApprovalState::Approved => "approved",
        ApprovalState::Rejected => "rejected",
    }
}

/// Who decided a request and why.
pub fn decided(request: &ApprovalBody) -> Option<String> {
    let by = request.decided_by.as_deref()?;
    let did = if request.state == ApprovalState::Rejected { "rejected" } else { "approved" };
    Some(match &request.decided_why {
        Some(why) => format!("{by} {did} it: {why}"),
        None => format!("{by} {did} it."),
    })
}

/// A message after a decision.
pub fn decided_toast(request: &ApprovalBody) -> String {
    let did = if request.state == ApprovalState::Rejected { "Rejected" } else { "Approved" };
    format!("{did} what {} asked for", request.requested_by)
}

/// The title of a request, after what it would do.
pub fn request_title(action: &str) -> &'static str {
    match action {
        "release" => "Release a lock",
        "revoke" => "Ask a holder to let go",
        "evict" => "Release everything that a session holds",
        "cure" => "Cure a lock",
        "requeue" => "Requeue an item",
        "give_back" => "Give an item back",
        "dead_letter" => "Set an item aside",
        "replay" => "Put an item back",
        "delete" => "Delete an item",
        "put" => "Put an item in",
        "restore" => "Restore what was deleted",
        "batch" => "Do something to several items",
        _ => "An action",
    }
}

/// How long ago somebody proved who they are.
pub fn proof_age(age: &str) -> String {
    format!("{age} ago")
}
