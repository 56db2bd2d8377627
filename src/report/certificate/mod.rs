//! A certificate as text, as one page and as a badge.
//!
//! Only shows what the certificate says. Never verifies it.

pub mod badge;
pub mod page;
pub mod text;

/// The usual name of the page of a certificate.
pub const PAGE: &str = "certificate.html";
/// The usual name of the badge of a certificate.
pub const BADGE: &str = "badge.svg";

#[cfg(test)]
mod tests {
    use super::{BADGE, PAGE, badge, page};
    use crate::record::certificate::fixture;
    use crate::record::certificate::issue::FILE;
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/certification");
        let certificate = fixture::certificate();
        let rendered = [
            (FILE, certificate.file),
            (PAGE, page::render(&certificate.document).into_bytes()),
            (BADGE, badge::render(&certificate.document).into_bytes()),
        ];
        for (name, bytes) in rendered {
            let path = dir.join(name);
            if std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write") {
                std::fs::create_dir_all(&dir).expect("the folder is made");
                std::fs::write(&path, &bytes).expect("the sample is written");
            }
            assert!(std::fs::read(&path).expect("the sample is there") == bytes, "{} is not what is rendered", path.display());
        }
    }
}
