//! `SIGHUP`: the configuration is read again, and who may do what is taken from it. What is wrong changes nothing.

use std::net::{IpAddr, Ipv4Addr};

use tokio::signal::unix::{SignalKind, signal};

use crate::actions::By;
use crate::app::App;
use crate::config::Config;
use crate::telemetry::chain;

/// Listens for the signal until the server stops.
pub async fn listen(app: App) {
    let mut asked = match signal(SignalKind::hangup()) {
        Ok(asked) => asked,
        Err(error) => {
            tracing::warn!(%error, "the configuration is read at the start only");
            return;
        }
    };
    while let Some(Some(())) = app.stop.run_until_cancelled(asked.recv()).await {
        match again(&app).await {
            Ok(said) => tracing::info!(said, "the configuration was read again"),
            Err(why) => tracing::error!(why, "the configuration was read again and not taken"),
        }
    }
}

/// Reads the configuration again and takes what may change. Errors: why nothing was changed.
async fn again(app: &App) -> Result<String, String> {
    let flags = app.config.flags.clone();
    // It reads files, and checks each hash of a password.
    let read = tokio::task::spawn_blocking(move || Config::load(&flags)).await;
    let read = read.map_err(|error| error.to_string())?.map_err(|error| chain(&error))?;
    let held = takes_restart(&app.config, &read);
    let by = By::stranger("the configuration", IpAddr::V4(Ipv4Addr::LOCALHOST));
    // Nothing of it counts that is not written down first.
    let said = format!("take users, tokens, roles and rules from the configuration {}", read.hash);
    let note = app.actions.note_intent(by, "configuration", said).await.map_err(|refusal| refusal.detail)?;
    let ended = match app.gate.take(&read.auth) {
        Ok(ended) => ended,
        Err(changed) => {
            let why = format!("{changed} takes a restart; nothing was changed");
            app.actions.note_outcome(note, Some(why.clone())).await;
            return Err(why);
        }
    };
    app.authority.take(read.policy);
    // What was shown under other rules is looked at again.
    app.actions.void_plans();
    app.approvals.void();
    app.actions.note_outcome(note, None).await;
    let held = if held.is_empty() {
        String::new()
    } else {
        format!("; a restart is needed for {}", held.join(", "))
    };
    Ok(format!(
        "{} people signed in again{held}",
        if ended == 0 { "no".to_owned() } else { ended.to_string() }
    ))
}

/// What is another thing in the new configuration and is not taken now.
fn takes_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let differs = [
        ("listen", old.listen != new.listen),
        ("data_dir", old.data_dir != new.data_dir),
        ("read_only", old.read_only != new.read_only),
        ("cluster", old.clusters != new.clusters),
        ("recipe", old.recipes != new.recipes),
        ("dead_letter", old.dead_letters != new.dead_letters),
        ("audit", old.audit != new.audit),
        ("limits", old.limits != new.limits),
        ("thresholds", old.thresholds != new.thresholds),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}
