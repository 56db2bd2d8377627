//! One connection: socket, TLS on top of it where it is spoken, and how far it has come.
//!
//! Says what it can do now. Never waits for anything and knows nothing of HTTP.

use crate::model::load::LoadError;
use crate::net::lean::endpoint::{Endpoint, Place};
use crate::net::lean::fault::classify;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use rustls::{ClientConnection, HandshakeKind};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl io::Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            Self::Unix(stream) => stream.read(into),
        }
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not connected yet.
    Connecting,
    /// Connected; TLS is not agreed yet.
    Handshaking,
    /// Ready for requests.
    Ready,
}

/// One connection.
pub struct Link {
    stream: Stream,
    tls: Option<Box<ClientConnection>>,
    progress: Progress,
}

impl Link {
    /// Begins to connect to the `turn`-th address of an endpoint, from `source` where one is given, and asks the registry to say
    /// when it can go on.
    ///
    /// # Errors
    /// The class of what went wrong at once.
    pub fn open(
        endpoint: &Endpoint,
        turn: usize,
        source: Option<IpAddr>,
        registry: &Registry,
        token: Token,
    ) -> Result<Self, LoadError> {
        let stream = match &endpoint.place {
            Place::Tcp(addresses) => {
                let address = addresses.get(turn % addresses.len().max(1)).ok_or(LoadError::Name)?;
                Stream::Tcp(tcp(*address, source).map_err(|error| classify(&error))?)
            }
            Place::Unix(path) => Stream::Unix(UnixStream::connect(path).map_err(|error| classify(&error))?),
        };
        let tls = match &endpoint.tls {
            None => None,
            Some((lean, name)) => {
                let connection = ClientConnection::new(Arc::clone(&lean.config), name.clone()).map_err(|_| LoadError::Tls)?;
                Some(Box::new(connection))
            }
        };
        let mut link = Self { stream, tls, progress: Progress::Connecting };
        // Both at once and edge by edge, so that nothing has to be changed for a request.
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = match &mut link.stream {
            Stream::Tcp(stream) => registry.register(stream, token, interest),
            Stream::Unix(stream) => registry.register(stream, token, interest),
        };
        registered.map_err(|error| classify(&error))?;
        Ok(link)
    }

    /// Takes the connection out of the registry.
    pub fn close(mut self, registry: &Registry) {
        // It is closed right after, which takes it out as well.
        let _ = match &mut self.stream {
            Stream::Tcp(stream) => registry.deregister(stream),
            Stream::Unix(stream) => registry.deregister(stream),
        };
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// True where the session of an earlier connection was taken up again.
    #[must_use]
    pub fn resumed(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.handshake_kind() == Some(HandshakeKind::Resumed))
    }

    /// Goes on connecting after the registry said that it can.
    ///
    /// # Errors
    /// The class of what went wrong.
    pub fn advance(&mut self) -> Result<Progress, LoadError> {
        if self.progress == Progress::Connecting {
            if !self.connected()? {
                return Ok(Progress::Connecting);
            }
            self.progress = if self.tls.is_some() { Progress::Handshaking } else { Progress::Ready };
        }
        if self.progress == Progress::Handshaking {
            self.handshake()?;
        }
        Ok(self.progress)
    }

    fn connected(&self) -> Result<bool, LoadError> {
        let (error, peer) = match &self.stream {
            Stream::Tcp(stream) => (stream.take_error(), stream.peer_addr().map(|_| ())),
            Stream::Unix(stream) => (stream.take_error(), stream.peer_addr().map(|_| ())),
        };
        if let Ok(Some(error)) | Err(error) = error {
            return Err(classify(&error));
        }
        match peer {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::NotConnected) => Ok(false),
            Err(error) => Err(classify(&error)),
        }
    }

    fn handshake(&mut self) -> Result<(), LoadError> {
        let Some(tls) = self.tls.as_mut() else { return Ok(()) };
        loop {
            while tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => return Err(LoadError::Tls),
                }
            }
            if !tls.is_handshaking() {
                self.progress = Progress::Ready;
                return Ok(());
            }
            match tls.read_tls(&mut self.stream) {
                Ok(0) => return Err(LoadError::Tls),
                Ok(_) => {
                    if tls.process_new_packets().is_err() {
                        // Whoever refuses says why.
                        let _ = tls.write_tls(&mut self.stream);
                        return Err(LoadError::Tls);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(LoadError::Tls),
            }
        }
    }

    /// Reads what is there: zero bytes are the end.
    ///
    /// # Errors
    /// Those of the socket, `WouldBlock` among them.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = self.tls.as_mut() else { return self.stream.read(into) };
        loop {
            match tls.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // A connection that ends without saying so ends all the same: whether its answer was whole is told by HTTP.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            if tls.read_tls(&mut self.stream)? == 0 {
                return Ok(0);
            }
            tls.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            if tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                    _ => {}
                }
            }
        }
    }

    /// Writes as much as can be; how many of the bytes were taken.
    ///
    /// # Errors
    /// Those of the socket, `WouldBlock` among them.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = self.tls.as_mut() else { return self.stream.write(bytes) };
        let taken = if bytes.is_empty() { 0 } else { tls.writer().write(bytes)? };
        while tls.wants_write() {
            match tls.write_tls(&mut self.stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if taken == 0 && !bytes.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    /// True where written bytes still wait for the socket.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }
}

fn tcp(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(source) = source {
        socket.bind(&SockAddr::from(SocketAddr::new(source, 0)))?;
    }
    match socket.connect(&SockAddr::from(address)) {
        Ok(()) => {}
        // 115 and 36 are EINPROGRESS on Linux and macOS.
        Err(error) if error.kind() == ErrorKind::WouldBlock || matches!(error.raw_os_error(), Some(115 | 36)) => {}
        Err(error) => return Err(error),
    }
    Ok(TcpStream::from_std(socket.into()))
}
