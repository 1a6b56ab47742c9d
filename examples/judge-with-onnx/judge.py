# pip install onnxruntime pillow;  python judge.py model.onnx picture.png…
import json, sys
import numpy, onnxruntime
from PIL import Image, ImageOps

onnxruntime.set_default_logger_severity(3)  # it warns of inputs with defaults
model = onnxruntime.InferenceSession(sys.argv[1])
facts = json.loads(model.get_modelmeta().custom_metadata_map["pyramid_mamba"])
words = {number: word for word, number in facts["verdicts"].items()}
height, width = model.get_inputs()[0].shape[1:3]
for path in sys.argv[2:]:
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):  # 16 bits, of which Pillow would make white
        picture = Image.fromarray((numpy.asarray(picture) >> 8).astype(numpy.uint8))
    w, h = picture.size
    if facts.get("fit") == "pad" and round(h * width / w) != height and round(w * height / h) != width:
        sys.exit(f"{path}: expected the aspect of {width}x{height} pixels, found {w}x{h}")
    picture = picture.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
    image = numpy.asarray(picture, dtype=numpy.uint8)[None]
    score, product, verdict = model.run(["score", "product", "verdict"], {"image": image})
    print(f"{path}: {words[verdict[0]]} ({facts['products'][product[0]]['name']}, score {score[0]:.4f})")
