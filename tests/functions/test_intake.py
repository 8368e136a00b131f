def test_x(http):
    r=http.post("/forms/contact", headers={"content-type":"application/json"}, body=b'{"email":"a@example.com","notice":"avara-2026-11-en"}')
    assert r.status_code==202, r.body
