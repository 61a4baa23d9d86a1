"""Learning: networks in plain torch, trained here and exported to ONNX for the sentinel. Needs the extra `train`.

In: labelled pictures (`augment.Sample`), or the weights of a published model (`published.read_published`).
Out: trained networks (`trainer.train`) and ONNX files that the model store takes (`export.export_yolox`).
Import the modules themselves: this one stays light, so that who only looks around pays for no torch.
"""
