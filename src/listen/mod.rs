//! A receiver of callbacks that checks what arrives and answers as told.
//!
//! Takes what comes and hands it to the checks. Never sends anything by itself.

mod desk;
pub mod script;
#[cfg(test)]
mod tests;

pub use crate::listen::desk::{Attempt, Desk, Expecting, Kind};

use crate::base::units::Nanos;
use crate::listen::script::Answer;
use crate::model::http::Request;
use crate::net::server::{Handler, Limits, Reply, handler, serve_within};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why listening ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As many attempts came as were waited for.
    Counted,
    /// The time was up.
    TimeUp,
    /// It was stopped by hand.
    Stopped,
}

/// Listens until as many attempts came as the desk waits for, until the time is up, or until `stop`. Attempts under way then are
/// still answered.
pub async fn listen(listener: TcpListener, desk: Arc<Desk>, time: Option<Nanos>, stop: CancellationToken) -> Ending {
    let down = CancellationToken::new();
    let grace = desk.slowest() + Duration::from_secs(2);
    let limits = Limits { grace, ..Limits::default() };
    let serving = tokio::spawn(serve_within(listener, answering(Arc::clone(&desk)), down.clone(), limits));
    let time_up = async {
        match time {
            Some(time) => tokio::time::sleep(time.duration()).await,
            None => std::future::pending().await,
        }
    };
    let ending = tokio::select! {
        biased;
        () = desk.counted().cancelled() => Ending::Counted,
        () = stop.cancelled() => Ending::Stopped,
        () = time_up => Ending::TimeUp,
    };
    down.cancel();
    // A handler that panicked has said so; what was judged until then is still shown.
    let _ = serving.await;
    ending
}

fn answering(desk: Arc<Desk>) -> Handler {
    handler(move |request: Request, _| {
        let desk = Arc::clone(&desk);
        async move {
            let Answer { response, after } = desk.take(request);
            if after > Duration::ZERO {
                tokio::time::sleep(after).await;
            }
            response.map_or(Reply::Close, Reply::Respond)
        }
    })
}
