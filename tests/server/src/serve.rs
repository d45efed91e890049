//! The sockets: binds, accepts, and leaves a request without an answer where a fault says so.

use std::error::Error as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ferrokinesis::store::StoreOptions;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::fault::HangUp;
use crate::layer::Layer;

/// How a server is to be.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Whether a shard refuses more than 1,000 records or 1 MiB a second.
    pub limits: bool,
}

/// A server that has its port.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    layer: Arc<Layer>,
}

impl Server {
    /// Takes the port; connections queue from here on. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the port cannot be had; the error names it.
    pub async fn bind(options: Options) -> io::Result<Self> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(wanted)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("{wanted}: {error}")))?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            layer: Arc::new(Layer::new(store(options))),
        })
    }

    /// The URL to give to a client, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until dropped.
    pub async fn run(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, self.layer.clone()))),
                // Out of descriptors, mostly: they come back as connections end.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

fn store(options: Options) -> StoreOptions {
    StoreOptions {
        create_stream_ms: 0,
        delete_stream_ms: 0,
        update_stream_ms: 0,
        shard_limit: SHARDS_MAX,
        enforce_limits: options.limits,
        ..StoreOptions::default()
    }
}

async fn connection(stream: TcpStream, layer: Arc<Layer>) {
    // Small answers must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let layer = layer.clone();
        Box::pin(async move { layer.handle(request).await })
    });
    let mut connection = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a client that left, or a fault; only the latter has something left to do.
    if let Err(error) = (&mut connection).await
        && let Some(HangUp { silent: false }) = error.source().and_then(|cause| cause.downcast_ref())
    {
        write_nonsense(connection.into_parts().io.inner());
    }
}

/// Writes what is no HTTP, ahead of closing.
///
/// Chromium and Deno send a request again, by themselves and unseen, when a connection that had served others closes without a byte (Deno
/// also after the first bytes of an answer). After this they do not: one fault is one failed `fetch` in every runtime.
fn write_nonsense(stream: &TcpStream) {
    let _ = stream.try_write(b"no\r\n");
}

const SHARDS_MAX: u32 = 10_000;
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
