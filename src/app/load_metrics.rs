//! Metrics of a load, served over HTTP while it runs.
//!
//! Wires the export to the server shell. Counts nothing, and serves nothing after the load.

use crate::base::diagnostic::Diagnostic;
use crate::export::prometheus::{MEDIA_TYPE, Metrics};
use crate::model::http::{Request, Response};
use crate::net::server::{self, Reply, bind, handler};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where the metrics are.
const PATH: &str = "/metrics";

/// Serves metrics at `address` until `stop`; gives who is to hear of the load, and the address that was bound.
///
/// # Errors
/// When the address cannot be bound.
pub(super) async fn serve(address: SocketAddr, stop: CancellationToken) -> Result<(Arc<Metrics>, SocketAddr), Box<Diagnostic>> {
    let taken = |why: String| {
        let hint = "name another port with --metrics, or port 0 for any that is free";
        Box::new(Diagnostic::error("load/metrics", why).hint(hint))
    };
    let listener = bind(&address.to_string()).await.map_err(taken)?;
    let bound = listener.local_addr().map_err(|error| taken(error.to_string()))?;
    let metrics = Arc::new(Metrics::new());
    let shown = Arc::clone(&metrics);
    let answering = handler(move |request, _| {
        let reply = Reply::Respond(answer(&request, &shown));
        async move { reply }
    });
    tokio::spawn(server::serve(listener, answering, stop));
    Ok((metrics, bound))
}

fn answer(request: &Request, metrics: &Metrics) -> Response {
    let text = |status: u16, media_type: &str, body: String| {
        let mut response = Response::new(status);
        response.headers.push("content-type", media_type);
        response.body = body.into();
        response
    };
    let plain = "text/plain; charset=utf-8";
    match (request.path(), request.method.as_str()) {
        (PATH, "GET" | "HEAD") => text(200, MEDIA_TYPE, metrics.text()),
        (PATH, _) => {
            let mut response = text(405, plain, "metrics are read with GET\n".to_owned());
            response.headers.push("allow", "GET, HEAD");
            response
        }
        _ => text(404, plain, format!("metrics are at {PATH}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::{PATH, answer};
    use crate::export::prometheus::Metrics;
    use crate::model::http::Request;

    #[test]
    fn metrics_are_in_one_place_and_only_read() {
        let metrics = Metrics::new();
        let status = |method: &str, path: &str| answer(&Request::new(method, format!("http://127.0.0.1{path}")), &metrics).status;
        assert_eq!([status("GET", PATH), status("HEAD", PATH), status("POST", PATH), status("GET", "/")], [200, 200, 405, 404]);
    }
}
