//! The one loop between a socket and a session: what comes in, what is new, the heartbeat, the end.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use zooscope_protocol::codec::{Codec, EncodeError, Message};
use zooscope_protocol::frame::Pulse;
use zooscope_protocol::{Content, RefusalCode, RevisionId, ServerFrame, View};

use super::pace::Pace;
use super::session::{News, Session, World};
use super::shown::Shown;
use super::socket::Socket;
use crate::app::App;
use crate::auth::Principal;
use crate::{VERSION, clock, telemetry};

/// How often the heart beats.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long a browser may take to accept a frame before it is let go.
const STALLED: Duration = Duration::from_secs(30);
/// How long a browser may be silent; it answers every heartbeat.
const SILENT: Duration = Duration::from_secs(60);

/// What one person sees.
struct Sees<'a> {
    app: &'a App,
    who: &'a Principal,
    /// How old may be what is shown.
    within: Duration,
    /// Whether something was shown that is not the newest any more.
    behind: Cell<bool>,
}

impl World for Sees<'_> {
    fn content(&self, cluster: &str, view: &View) -> Option<(RevisionId, Arc<Shown>)> {
        let sight = self.app.authority.sight(self.who, cluster);
        let watched = self.app.cluster(cluster)?;
        if let View::Journal { path, limit } = view {
            let journal = watched.mirror.journal();
            let journal = if sight.is_whole() {
                journal.latest(path.as_ref(), *limit)
            } else {
                sight.journal(journal.latest(path.as_ref(), View::MAX_ROWS), *limit)
            };
            return Some((RevisionId(journal.newest), Shown::new(Content::Journal(journal), None)));
        }
        let revision = watched.mirror.current();
        if !sight.is_whole() {
            return Some((revision.id, Shown::new(sight.project(&revision, view), None)));
        }
        let shown = self.app.projections.content(cluster, view, &revision, self.within);
        if shown.0 < revision.id {
            self.behind.set(true);
        }
        Some(shown)
    }
}

/// Why a connection ends.
enum End {
    /// The browser closed it or is gone.
    Gone,
    /// It did not read.
    Stalled,
    /// The server says why.
    Bye(&'static str),
}

/// Serves one browser until it goes.
pub(super) async fn pump(app: App, who: Principal, mut socket: Socket, codec: Codec) {
    let Some(_place) = app.streams.enter(&who, app.config.limits.streams_per_person) else {
        let bye =
            ServerFrame::Bye { reason: "you have too many pages of this console open; close one".to_owned() };
        send(&app, &mut socket, codec, &bye).await.ok();
        return;
    };
    if app.metrics.stream_clients.inc() >= i64::try_from(app.config.limits.connections).unwrap_or(i64::MAX) {
        app.metrics.stream_clients.dec();
        let bye = ServerFrame::Bye { reason: "too many browsers are connected; close one".to_owned() };
        send(&app, &mut socket, codec, &bye).await.ok();
        return;
    }
    match run(&app, &who, &mut socket, codec).await {
        End::Gone => {}
        End::Stalled => {
            app.metrics.stream_stalled.inc();
        }
        End::Bye(reason) => {
            send(&app, &mut socket, codec, &ServerFrame::Bye { reason: reason.to_owned() }).await.ok();
            timeout(HEARTBEAT, socket.close()).await.ok();
        }
    }
    app.metrics.stream_clients.dec();
}

async fn run(app: &App, who: &Principal, socket: &mut Socket, codec: Codec) -> End {
    let hello = ServerFrame::Hello {
        version: VERSION.to_owned(),
        at: clock::now(),
        clusters: app.clusters.iter().map(|watched| watched.cluster.name.clone()).collect(),
        read_only: app.config.read_only,
    };
    if let Err(end) = send(app, socket, codec, &hello).await {
        return end;
    }
    let mut sees = Sees { app, who, within: Duration::ZERO, behind: Cell::new(false) };
    let mut session = Session::new(app.config.limits.subscriptions);
    let mut mirrors: Vec<_> = app.clusters.iter().map(|watched| watched.mirror.clone()).collect();
    let mut journals: Vec<_> = mirrors.iter().map(|mirror| mirror.journal().newest()).collect();
    let mut seconds = interval(HEARTBEAT);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut pace = Pace::new(app.streams.since());
    let (mut news, mut seen) = (false, revisions(app));
    let mut rules = app.authority.turns();
    loop {
        let frames = tokio::select! {
            () = app.stop.cancelled() => return End::Bye("the console is being stopped"),
            message = socket.receive() => {
                heard = Instant::now();
                match message {
                    Some(Ok(message)) => match receive(&sees, &mut session, codec, message) {
                        Received::News => {
                            look(app, &session);
                            // What was just asked for is shown at once and at its newest, whatever the pace.
                            sees.within = Duration::ZERO;
                            Frames { frame: None, news: session.news(&sees) }
                        }
                        Received::Refused(frame) => Frames { frame: Some(frame), news: Vec::new() },
                        Received::Nothing => continue,
                        Received::Closed => return End::Gone,
                    },
                    Some(Err(_)) | None => return End::Gone,
                }
            }
            () = changed(&mut mirrors, &mut journals, session.shows_journal()), if !news => {
                news = true;
                continue;
            }
            () = sleep_until(pace.due()), if news => {
                let (started, newest) = (Instant::now(), revisions(app));
                sees.within = pace.within();
                sees.behind.set(false);
                let found = session.news(&sees);
                let browsers = u32::try_from(app.metrics.stream_clients.get()).unwrap_or(u32::MAX);
                if found.is_empty() {
                    pace.idle(Instant::now(), started.elapsed());
                } else {
                    pace.delivered(Instant::now(), newest.wrapping_sub(seen), started.elapsed(), browsers);
                    seen = newest;
                }
                news = sees.behind.get();
                Frames { frame: None, news: found }
            }
            _ = seconds.tick() => {
                if !app.gate.still(who) {
                    return End::Bye("your session has ended; sign in again");
                }
                if heard.elapsed() > SILENT {
                    return End::Stalled;
                }
                look(app, &session);
                // Under other rules all that is shown is another thing, though nothing happened.
                let turned = std::mem::replace(&mut rules, app.authority.turns()) != app.authority.turns();
                sees.within = Duration::ZERO;
                let found = if turned { session.news(&sees) } else { Vec::new() };
                Frames { frame: Some(Box::new(heartbeat(app))), news: found }
            }
        };
        let sent = tell(app, socket, codec, &frames).await;
        if let Err(end) = sent {
            return end;
        }
    }
}

/// What is to be sent.
struct Frames {
    frame: Option<Box<ServerFrame>>,
    news: Vec<News>,
}

/// A number that grows with every revision of every cluster.
fn revisions(app: &App) -> u64 {
    app.clusters.iter().map(|watched| watched.mirror.current().id.0).fold(0, u64::wrapping_add)
}

/// Says what this browser looks at, so that the servers are asked for it.
fn look(app: &App, session: &Session) {
    for (cluster, view) in session.views() {
        if let Some(watched) = app.cluster(cluster) {
            watched.attention.look(view);
        }
    }
}

/// What a message meant.
enum Received {
    /// There may be something to show.
    News,
    /// It was refused.
    Refused(Box<ServerFrame>),
    /// It needs no answer.
    Nothing,
    /// The browser says goodbye.
    Closed,
}

fn receive(sees: &Sees<'_>, session: &mut Session, codec: Codec, message: tungstenite::Message) -> Received {
    let message = match message {
        tungstenite::Message::Text(text) => Message::Text(text.as_str().to_owned()),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes.into()),
        tungstenite::Message::Close(_) => return Received::Closed,
        // Pings are answered by the library; parts of a message are put together by it.
        _ => return Received::Nothing,
    };
    match codec.decode_client(&message) {
        Ok(frame) => match session.receive(frame, sees) {
            Ok(()) => Received::News,
            Err(refused) => Received::Refused(refused),
        },
        Err(error) => Received::Refused(Box::new(ServerFrame::Refused {
            id: None,
            code: RefusalCode::BadFrame,
            detail: telemetry::chain(&error),
        })),
    }
}

/// Waits until a mirror has something new, or a journal where that is shown. A journal has an event before the mirror has read what
/// it is about.
async fn changed(
    mirrors: &mut [crate::mirror::Mirror],
    journals: &mut [tokio::sync::watch::Receiver<u64>],
    shows_journal: bool,
) {
    let mut revisions: FuturesUnordered<_> =
        mirrors.iter_mut().map(|mirror| async { drop(mirror.changed().await) }).collect();
    let mut events: FuturesUnordered<_> = journals
        .iter_mut()
        .map(|journal| async {
            if journal.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .collect();
    tokio::select! {
        _ = revisions.next() => {}
        Some(()) = events.next(), if shows_journal => {}
    }
}

fn heartbeat(app: &App) -> ServerFrame {
    let at = clock::now();
    let pulse = |watched: &crate::app::Watched| Pulse {
        revision: watched.mirror.current().id,
        stale_ms: watched.mirror.stale_ms(at),
    };
    // Both only grow, so their sum is another one whenever one of them is.
    let notice = app.authority.freeze().turns().wrapping_add(app.approvals.turns());
    ServerFrame::Heartbeat { at, clusters: app.clusters.iter().map(pulse).collect(), notice }
}

async fn tell(app: &App, socket: &mut Socket, codec: Codec, frames: &Frames) -> Result<(), End> {
    if let Some(frame) = &frames.frame {
        send(app, socket, codec, frame).await?;
    }
    for news in &frames.news {
        write(app, socket, news.message(codec)).await?;
    }
    Ok(())
}

async fn send(app: &App, socket: &mut Socket, codec: Codec, frame: &ServerFrame) -> Result<(), End> {
    write(app, socket, codec.encode(frame)).await
}

async fn write(app: &App, socket: &mut Socket, message: Result<Message, EncodeError>) -> Result<(), End> {
    let message = match message {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(error = %telemetry::chain(&error), "a frame was not sent");
            return Err(End::Bye("the console could not write a frame; its log says why"));
        }
    };
    match timeout(STALLED, socket.send(message)).await {
        Ok(Ok(())) => {
            app.metrics.stream_frames.inc();
            Ok(())
        }
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Stalled),
    }
}
