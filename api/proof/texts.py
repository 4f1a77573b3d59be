"""What a bundle says to the person who opens it."""

from typing import Final

README: Final = """\
钟楼证据包
==========

本文件包由钟楼从归档日志中导出。它证明：所示事件的每一个字节，都与当时写入日志、封块并签名的相同。

一、怎样核验（不需要网络，也不需要钟楼）
    python3 verify.py 本文件包.zip --key 首把密钥指纹
  输出“true / 属实”且退出码为 0，即为属实；否则指出第一处不符的位置，退出码为 1。
  首把密钥指纹请从包外取得：每日检查点文件、教育局存档的打印件，或 `campanile keys list`。
  verify.py 只用 Python 标准库，可通读；也可从产品源代码中另取一份。

二、里面有什么
  events.ndjson       事件原文，一件一行（发送方的字节加上网关的两个时间戳）
  positions.ndjson    每件事件在日志中的位置：分区、偏移、帧内序号，及其叶哈希
  proofs.ndjson       每个块、每个校区一条证明，从叶到已签名的根；未出示的事件只以哈希出现
  checkpoints.json    已签名的检查点        keys.json   公钥及其传承
  schemas/            所涉事件类型的模式    rules.json  当时的规则及其出处
  access.json         谁、为何、何时取出本包
  manifest.json       各部分的 SHA-256；manifest.sig.json 为其签名

三、它不证明什么
  不证明事件所说为真，只证明它们没有被改动。
  不证明没有别的事件：同一校区未出示的事件以哈希计数（manifest 的 leaves_withheld），可凭位置另行调取。
  学生信息在写入日志前已加密；密钥销毁后内容不可读，证明仍然成立。


Evidence bundle of Campanile
============================

Exported from the archived log. It proves that every byte of the events shown is what was written to the log, sealed
into a block and signed at the time.

1. How to verify (no network, no Campanile needed)
    python3 verify.py THIS-BUNDLE.zip --key FINGERPRINT-OF-THE-FIRST-KEY
  "true / 属实" and exit code 0; or the first position that does not hold, and exit code 1. Take the fingerprint from
  outside of the bundle: a daily checkpoint file, a printed page kept by the bureau, or `campanile keys list`. verify.py
  uses Python's standard library alone and is meant to be read; another copy is in the product's source.

2. What is inside
  events.ndjson       the events' own bytes, one a line (the sender's, with the gateway's two stamps)
  positions.ndjson    where each stands in the log: partition, offset, place in the frame; and its leaf hash
  proofs.ndjson       one proof per block and campus, from the leaves to a signed root; what is not shown is a hash
  checkpoints.json    signed checkpoints       keys.json   public keys, each vouched for by the one before
  schemas/            of the types of events   rules.json  the rules in force, with their sources
  access.json         who took this bundle, why and when
  manifest.json       SHA-256 of each part; manifest.sig.json is its signature

3. What it does not prove
  That an event tells the truth: only that it was not altered since.
  That there was nothing else: events of the same campus that are not shown are counted (leaves_withheld) and can be
  asked for by their position.
  What concerns pupils was encrypted before it was logged; after its key is destroyed nobody can read it, and the proof
  still holds.
"""
