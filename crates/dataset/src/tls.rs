use std::path::PathBuf;

/// How to speak to a server so that nobody listens in.
///
/// ```
/// use dataset::{Options, Tls, TlsMode};
/// let tls = Tls { root_cert: Some("/etc/ssl/ours.pem".into()), ..Tls::new(TlsMode::VerifyFull) };
/// let options = Options { tls: Some(tls), ..Options::default() };
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// How much to insist on.
    pub mode: TlsMode,
    /// The PEM file of the authority that must have signed the server's certificate; otherwise those everybody trusts.
    pub root_cert: Option<PathBuf>,
    /// The PEM files of a certificate that shows who we are, and of its key.
    pub client_cert: Option<(PathBuf, PathBuf)>,
}

impl Tls {
    /// This mode, with the certificates everybody trusts.
    pub fn new(mode: TlsMode) -> Self {
        Self { mode, root_cert: None, client_cert: None }
    }
}

/// How much to insist on when a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsMode {
    /// In clear.
    Disable,
    /// Encrypted if the server can, which somebody in between may deny. The default on this machine.
    Prefer,
    /// Encrypted, with whoever answers. The default across a network.
    Require,
    /// Encrypted, with somebody who has a certificate of the authority.
    VerifyCa,
    /// Encrypted, with somebody whose certificate is for this host.
    VerifyFull,
}
