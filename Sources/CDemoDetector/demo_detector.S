// SPDX-License-Identifier: Apache-2.0
// The network's bytes as they stand in the file beside this one. The assembler copies them in no time; as a Swift array
// literal they cost the compiler half a minute, or four without optimisation. Build systems do not see that this file needs
// the other: touch it when the network changes.
    .section .rodata, "a"
    .balign 64
    .global dk_demo_detector_bytes
dk_demo_detector_bytes:
    .incbin "demo-detector.onnx"
dk_demo_detector_end:
    .balign 8
    .global dk_demo_detector_count
dk_demo_detector_count:
    .quad dk_demo_detector_end - dk_demo_detector_bytes
    .section .note.GNU-stack, "", %progbits
