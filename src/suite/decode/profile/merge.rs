//! What one profile says laid over what it extends.
//!
//! Keys of the extending profile win, section by section and module by module. Judges nothing.

use crate::base::source::Span;
use crate::suite::ast::Spanned;
use crate::suite::decode::profile::layer::{
    AuthorizationLayer, DeliveryLayer, Layer, LimitsLayer, ReadBackLayer, Said, SchemeLayer, SignatureLayer, TlsLayer,
};
use crate::suite::decode::profile::modules::{EffectLayer, ModuleLayer};

impl<T> Said<T> {
    fn over(self, base: Self, merge: fn(T, T) -> T) -> Self {
        match (self, base) {
            (Self::Nothing, base) => base,
            (Self::Something(own), Self::Something(base)) => Self::Something(merge(own, base)),
            (own, _) => own,
        }
    }

    fn as_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Something(section) => Some(section),
            Self::Nothing | Self::None => None,
        }
    }
}

impl Layer {
    /// This, and what it leaves out as `base` has it.
    pub(super) fn over(self, base: Self) -> Self {
        // Callbacks belong to a spec: those of another one mean nothing.
        let same_spec = self.spec.is_none();
        let mut modules = base.modules;
        for (id, own) in self.modules {
            let base = modules.remove(&id).unwrap_or_default();
            modules.insert(id, own.over(base));
        }
        let same_value = |own: &(Spanned<String>, String), base: &(Spanned<String>, String)| own.0.value == base.0.value;
        Self {
            name: self.name,
            title: self.title,
            spec: self.spec.or(base.spec),
            callbacks: self.callbacks.or(base.callbacks.filter(|_| same_spec)),
            values: joined(self.values, if same_spec { base.values } else { Vec::new() }, same_value),
            delivery: self.delivery.over(base.delivery),
            signature: self.signature.over(base.signature, SignatureLayer::over),
            authorization: self.authorization.over(base.authorization, AuthorizationLayer::over),
            tls: self.tls.over(base.tls),
            limits: self.limits.over(base.limits),
            read_back: self.read_back.over(base.read_back, ReadBackLayer::over),
            valid_for: self.valid_for.or(base.valid_for),
            modules,
            secrets: self.secrets,
            lost: self.lost || base.lost,
        }
    }

    /// Moves every span on, behind the texts before this one.
    pub(super) fn shift(&mut self, by: u32) {
        if by == 0 {
            return;
        }
        let mut spans: Vec<&mut Span> = Vec::new();
        spans.extend(self.name.as_mut().map(|s| &mut s.span));
        spans.extend(self.spec.as_mut().map(|s| &mut s.span));
        spans.extend(self.callbacks.iter_mut().flatten().map(|s| &mut s.span));
        spans.extend(self.values.iter_mut().chain(&mut self.delivery.headers).map(|(key, _)| &mut key.span));
        if let Some(signature) = self.signature.as_mut() {
            signature.spans(&mut spans);
        }
        spans.extend(self.authorization.as_mut().map(|a| &mut a.span));
        for file in [&mut self.tls.certificate, &mut self.tls.key].into_iter().flatten() {
            spans.push(&mut file.span);
            spans.extend(file.value.as_mut().map(|f| &mut f.span));
        }
        spans.extend(self.tls.ca.iter_mut().flatten().map(|f| &mut f.span));
        spans.extend(self.limits.answer.as_mut().map(|a| &mut a.span));
        if let Some(read_back) = self.read_back.as_mut() {
            spans.push(&mut read_back.span);
            spans.extend(read_back.url.as_mut().map(|u| &mut u.span));
            spans.extend(read_back.count.as_mut().map(|p| &mut p.span));
            spans.extend(read_back.latest.as_mut().map(|p| &mut p.span));
        }
        for module in self.modules.values_mut() {
            spans.push(&mut module.span);
            spans.extend(module.within.as_mut().map(|w| &mut w.span));
            spans.extend(module.ages.iter_mut().flatten().map(|a| &mut a.span));
        }
        for span in spans {
            *span = Span { start: span.start.saturating_add(by), end: span.end.saturating_add(by) };
        }
    }
}

/// All of both, the first where both have one.
fn joined<T>(own: Vec<T>, base: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut all = own;
    for item in base {
        if !all.iter().any(|own| same(own, &item)) {
            all.push(item);
        }
    }
    all
}

fn same_field<T>(own: &(String, T), base: &(String, T)) -> bool {
    own.0.eq_ignore_ascii_case(&base.0)
}

impl DeliveryLayer {
    fn over(self, base: Self) -> Self {
        Self {
            id_header: self.id_header.or(base.id_header),
            time_header: self.time_header.or(base.time_header),
            headers: joined(self.headers, base.headers, |own, base| own.0.value.eq_ignore_ascii_case(&base.0.value)),
            origin: self.origin.or(base.origin),
        }
    }
}

impl SignatureLayer {
    fn over(self, base: Self) -> Self {
        let same_scheme = self.scheme.is_none() || self.scheme == base.scheme;
        Self {
            span: self.span,
            faulty: self.faulty || base.faulty,
            scheme: self.scheme.or(base.scheme),
            secret: self.secret.or(base.secret),
            tolerance: self.tolerance.or(base.tolerance),
            own: if same_scheme { self.own.over(base.own) } else { self.own },
        }
    }

    fn spans<'a>(&'a mut self, spans: &mut Vec<&'a mut Span>) {
        spans.push(&mut self.span);
        let own = &mut self.own;
        spans.extend(own.algorithm.as_mut().map(|s| &mut s.span));
        spans.extend(own.components.as_mut().map(|s| &mut s.span));
        spans.extend(own.expires.as_mut().map(|s| &mut s.span));
        for text in [&mut own.header, &mut own.label, &mut own.key_id, &mut own.tag] {
            spans.extend(text.as_mut().map(|s| &mut s.span));
        }
    }
}

impl SchemeLayer {
    fn over(self, base: Self) -> Self {
        Self {
            algorithm: self.algorithm.or(base.algorithm),
            header: self.header.or(base.header),
            label: self.label.or(base.label),
            components: self.components.or(base.components),
            key_id: self.key_id.or(base.key_id),
            tag: self.tag.or(base.tag),
            expires: self.expires.or(base.expires),
        }
    }
}

impl AuthorizationLayer {
    fn over(self, base: Self) -> Self {
        let faulty = self.faulty || base.faulty;
        Self { span: self.span, faulty, header: self.header.or(base.header), value: self.value.or(base.value) }
    }
}

impl TlsLayer {
    fn over(self, base: Self) -> Self {
        Self {
            minimum: self.minimum.or(base.minimum),
            mutual: self.mutual.or(base.mutual),
            ca: self.ca.or(base.ca),
            certificate: self.certificate.or(base.certificate),
            key: self.key.or(base.key),
        }
    }
}

impl LimitsLayer {
    fn over(self, base: Self) -> Self {
        Self {
            connect: self.connect.or(base.connect),
            answer: self.answer.or(base.answer),
            body: self.body.or(base.body),
            concurrency: self.concurrency.or(base.concurrency),
            samples: self.samples.or(base.samples),
        }
    }
}

impl ReadBackLayer {
    fn over(self, base: Self) -> Self {
        Self {
            span: self.span,
            faulty: self.faulty || base.faulty,
            url: self.url.or(base.url),
            headers: joined(self.headers, base.headers, same_field),
            count: self.count.or(base.count),
            latest: self.latest.or(base.latest),
            within: self.within.or(base.within),
        }
    }
}

impl ModuleLayer {
    fn over(self, base: Self) -> Self {
        let effect = match (self.effect, base.effect) {
            (Some(own), Some(base)) => Some(own.over(base)),
            (own, base) => own.or(base),
        };
        Self {
            span: self.span,
            faulty: self.faulty || base.faulty,
            on: self.on.or(base.on),
            required: self.required.or(base.required),
            requirement: self.requirement.or(base.requirement),
            source: self.source.or(base.source),
            effect,
            accept: self.accept.or(base.accept),
            warn: self.warn.or(base.warn),
            count: self.count.or(base.count),
            size: self.size.or(base.size),
            within: self.within.or(base.within),
            ages: self.ages.or(base.ages),
            methods: self.methods.or(base.methods),
            media_types: self.media_types.or(base.media_types),
        }
    }
}

impl EffectLayer {
    fn over(self, base: Self) -> Self {
        Self { requirement: self.requirement.or(base.requirement), source: self.source.or(base.source) }
    }
}
