// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

struct FolderRedactionTests {
    @Test(arguments: [
        ("model /var/lib/depthd/models/a.onnx: it is broken", "model a.onnx: it is broken"),
        ("(tried /usr/lib/depthd, libonnxruntime.so.1)", "(tried depthd, libonnxruntime.so.1)"),
        ("file '/srv/x.json' does not exist", "file 'x.json' does not exist"),
        ("/a/b", "b"), ("at /a/b/", "at b"), ("a / b and 3/4, or/and /", "a / b and 3/4, or/and /"),
        ("see http://box.lan/a/b and c:/d/e", "see http://box.lan/a/b and c:e"), ("", ""), ("//", "//"),
    ]) func pathsAreCutToTheirLastPart(text: String, cut: String) {
        #expect(text.withoutFolders == cut)
    }
}
