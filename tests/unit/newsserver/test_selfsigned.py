from __future__ import annotations

from cryptography import x509

from altmount.newsserver.selfsigned import self_signed


def test_it_is_for_the_names_of_loopback():
    certificate = x509.load_pem_x509_certificate(self_signed()[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_each_is_another():
    assert self_signed() != self_signed()
