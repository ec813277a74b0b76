//! What is read as it stands, and will hardly be what somebody meant.

use crate::diagnostics::Diagnostics;
use crate::document::Document;
use crate::model::Spec;
use crate::rewrite::Rewrites;
use crate::{examples, unusable};

impl Spec {
    /// What nothing is refused for, and somebody should know: an example that contradicts its
    /// schema, a server or a security scheme that no client can use.
    ///
    /// ```no_run
    /// let spec = keyfob_spec::read("specs/acme".as_ref()).map_err(|error| error.render())?;
    /// eprint!("{}", spec.warnings().render_as_warnings());
    /// # Ok::<(), String>(())
    /// ```
    pub fn warnings(&self) -> Diagnostics {
        let document = Document {
            value: self.document.clone(),
            places: self.places.clone(),
            rewrites: Rewrites::default(),
        };
        let mut diagnostics = Diagnostics::default();
        unusable::warn(&document, &self.schemes, &self.operations, &mut diagnostics);
        examples::warn(self, &document, &mut diagnostics);
        diagnostics
    }
}
