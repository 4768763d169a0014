//! The words of the review sheet for each action, by its name.

/// The title of the sheet and what its button says.
pub fn sheet(name: &str) -> (&'static str, &'static str) {
    match name {
        "release" => ("Release this lock", "Release the lock"),
        "revoke" => ("Ask the holder to let go", "Ask"),
        "evict" => ("Release everything that this session holds", "Release everything"),
        "cure" => ("Cure this lock", "Delete this one znode"),
        "give_back" => ("Give this item back", "Give the item back"),
        "dead_letter" => ("Set this item aside", "Set the item aside"),
        "replay" => ("Put this item back into its queue", "Put the item back"),
        "delete" => ("Delete this item", "Delete the item"),
        "put" => ("Put an item in", "Put the item in"),
        "restore" => ("Restore what was deleted", "Restore it"),
        "batch" => ("Do this to several items", "Do it to all of them"),
        _ => ("Requeue this item", "Requeue the item"),
    }
}

/// What the message says when an action was done.
pub fn done_toast(name: &str, path: &str) -> String {
    match name {
        "release" => format!("Released {path}"),
        "revoke" => format!("Asked {path}"),
        "evict" => format!("Released everything that {path} held"),
        "cure" => format!("Deleted {path}"),
        "give_back" => format!("Gave back {path}"),
        "dead_letter" => format!("Set aside {path}"),
        "replay" => format!("Put back {path}"),
        "delete" => format!("Deleted {path}"),
        "put" => format!("Put an item into {path}"),
        "restore" => format!("Restored {path}"),
        "batch" => format!("Done to all of {path}"),
        _ => format!("Requeued {path}"),
    }
}
